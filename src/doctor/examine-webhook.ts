import { type Condition, findCondition } from '../api/conditions.ts'
import { objectKey } from '../kube/resource.ts'
import type { Verdict } from '../target/verdict.ts'
import {
  examineCheck,
  examineConditions,
  examineProgress,
  examineReady,
  type Tell,
  tellOf,
} from './examine-resource.ts'
import type { WebhookFacts } from './facts.ts'
import type { Finding } from './finding.ts'

export function examineWebhook(facts: WebhookFacts): readonly Finding[] {
  const { metadata, spec, status, cluster, token, trust, verdicts } = facts
  const { name, namespace = '' } = metadata
  const tell = tellOf(`S3AuditWebhook ${objectKey({ namespace, name })}`)
  if ('problem' in spec) return [...examineProgress(metadata, status, tell), tell('Error', 'InvalidSpec', spec.problem)]
  const clusterName = spec.spec.clusterRef.name
  const own = [
    ...(cluster === 'Missing'
      ? [
          tell(
            'Error',
            'ClusterNotFound',
            `There is no S3Cluster '${clusterName}' in namespace '${namespace}'.`,
            'Create it, or correct `spec.clusterRef.name` (delete and recreate the resource: it cannot be changed).',
          ),
        ]
      : []),
    ...examineCheck(token, tell),
    ...examineCheck(trust, tell),
  ]
  const conditions = status?.conditions ?? []
  const explained = new Set(own.map(({ reason }) => reason))
  const reachable = findCondition(conditions, 'TargetReachable')
  const findings = [
    ...examineProgress(metadata, status, tell),
    ...own,
    ...examineConditions(conditions, rules(status?.buffer?.state === 'Full'), explained, tell),
    ...examineVerdicts(verdicts, reachable?.status === 'False', tell),
    ...examineBuffer(conditions, tell),
    ...examineSwitches(facts, tell),
  ]
  return [...findings, ...examineReady(conditions, findings, tell)]
}

/** A buffer that nobody knows gives no time to act. */
function examineBuffer(conditions: readonly Condition[], tell: Tell): readonly Finding[] {
  const buffer = findCondition(conditions, 'BufferHealthy')
  return buffer?.reason === 'NoEstimate' ? [tell('Notice', buffer.reason, buffer.message)] : []
}

/** In the order in which they depend on each other. */
function rules(full: boolean): readonly (readonly [string, Finding['severity']])[] {
  return [
    ['Synced', 'Error'],
    ['TargetReachable', 'Error'],
    ['Delivering', 'Error'],
    ['BufferHealthy', full ? 'Error' : 'Warning'],
  ]
}

function examineVerdicts(verdicts: readonly Verdict[] | undefined, isFalse: boolean, tell: Tell): readonly Finding[] {
  if (verdicts === undefined) return []
  const failed = verdicts.find(({ class: found }) => found !== 'ok' && found !== 'warning')
  if (failed !== undefined) {
    return [
      tell('Error', failed.reason, `The test from this machine failed at level ${failed.level}: ${failed.message}`),
    ]
  }
  const differing = isFalse
    ? [
        tell(
          'Notice',
          'PassesHere',
          'The target passes the tests from this machine, but not those of the operator.',
          'Compare their ways: network policies and firewalls of the operator, proxies, DNS, and the setting in force if a change waits.',
        ),
      ]
    : []
  const warnings = verdicts.filter(({ class: found }) => found === 'warning')
  return [
    ...differing,
    ...warnings.map(({ reason, level, message }) =>
      tell('Warning', reason, `Level ${level}, from this machine: ${message}`),
    ),
  ]
}

function examineSwitches({ spec: parsed }: WebhookFacts, tell: Tell): readonly Finding[] {
  if ('problem' in parsed) return []
  const { spec } = parsed
  const findings: Finding[] = []
  if (spec.suspend) {
    const message = 'It is suspended: nothing is written to the S3 cluster and nothing is tested.'
    findings.push(tell('Warning', 'Suspended', message, 'Set `spec.suspend: false`.'))
  }
  if (!spec.enabled) {
    findings.push(tell('Notice', 'Disabled', 'It is disabled: no events are sent.', 'Set `spec.enabled: true`.'))
  }
  if (spec.managementPolicy === 'Observe') {
    const message = 'It is only observed: nothing is ever written to the S3 cluster.'
    findings.push(tell('Notice', 'Observed', message, 'Set `spec.managementPolicy: Manage`.'))
  }
  if (spec.probe.mode === 'Disabled') {
    const message = 'The operator does not test the target.'
    findings.push(tell('Notice', 'NotTested', message, 'Set `spec.probe.mode: Enabled`.'))
  }
  if (spec.tls.verification === 'None') {
    const message = 'The tests do not verify the certificate of the target, so TLS trust is not proved.'
    const remedy = 'Give the CA in `spec.tls.caCertificateRef` and take `spec.tls.verification: None` out.'
    findings.push(tell('Warning', 'NotVerified', message, remedy))
  }
  if (spec.authTokenSecretRef !== undefined && spec.endpoint.startsWith('http:')) {
    const message = 'The token goes over plain http, for everybody on the way to read.'
    findings.push(tell('Warning', 'PlainHttp', message, 'Use an https endpoint.'))
  }
  return findings
}
