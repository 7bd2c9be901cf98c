import { createHash } from 'node:crypto'

import { maximumRequestLength, testRequestedAt } from '../../api/annotations.ts'
import { findCondition } from '../../api/conditions.ts'
import type { ProbeOptions } from '../../api/probe.ts'
import type { S3AuditWebhook, S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Logger } from '../../kube/logger.ts'
import { objectKey, objectName } from '../../kube/resource.ts'
import { createPool } from '../../kube/text-pool.ts'
import type { HttpClientFactory, TlsTrust } from '../../net/http-client.ts'
import type { Secret } from '../../observability/secret.ts'
import type { DesiredWebhook } from '../../providers/provider.ts'
import { createTargetTester, type TargetSpec } from '../../target/ladder.ts'
import { shareTests } from '../../target/share-tests.ts'
import { createTargetMonitor, type TargetMonitor, type TestObserver } from '../../target/target-monitor.ts'
import type { LadderLevel } from '../../target/verdict.ts'
import { formatTime } from '../timestamp.ts'
import type { TrustInput } from '../trust.ts'
import { withoutQuery } from './difference.ts'
import type { TargetFinding } from './findings.ts'
import { gateOf, recordAnswer, type Gate } from './gate.ts'
import type { WebhookInputs } from './inputs.ts'
import type { WebhookMemory } from './memory.ts'

/** The tests of all webhooks' targets: the standing ones, and the question before a change. */
export interface TargetTests extends TargetMonitor {
  /** Asks the target once about a new setting before it is applied, and remembers the answer for a while. */
  ask(
    memory: WebhookMemory,
    spec: S3AuditWebhookSpec,
    options: {
      readonly resource: string
      readonly desired: DesiredWebhook
      readonly trust: TlsTrust
      readonly signal: AbortSignal
    },
  ): Promise<Gate>
}

/** Addresses, trusts and times that many targets have in common are kept once. */
const pooledValues = 256
/** Half of the sender's own time-out where the spec does not set one (MinIO's default: 5 s). */
const defaultSenderTimeoutSeconds = 5

export function createTargetTests(options: {
  readonly httpClients: HttpClientFactory
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly version: string
  readonly observer: TestObserver
  readonly logger: Logger
  readonly onChange: (key: string) => void
}): TargetTests {
  const { clock, observer } = options
  const tester = shareTests(createTargetTester(options), { clock })
  const monitor = createTargetMonitor({ ...options, tester })
  const addresses = createPool<URL>(pooledValues)
  const trusts = createPool<TlsTrust>(pooledValues)
  const probes = createPool<ProbeOptions>(pooledValues)
  return {
    ...monitor,
    watch(key, { target, probe, ...rest }) {
      const endpoint = addresses(target.endpoint.href, target.endpoint)
      const tls = trusts(JSON.stringify(target.tls), target.tls)
      monitor.watch(key, { ...rest, probe: probes(JSON.stringify(probe), probe), target: { ...target, endpoint, tls } })
    },
    [Symbol.asyncDispose]: () => monitor[Symbol.asyncDispose](),
    async ask(memory, spec, { resource, desired, trust, signal }) {
      const target = targetSpec(spec, resource, new URL(desired.endpoint), desired.authorization, trust)
      // An HTTP target has no test of the token alone, so there the event itself is the question.
      const levels: readonly LadderLevel[] = spec.targetType === 'SplunkHEC' ? [0, 2] : [0, 3]
      const verdicts = await tester.test(target, levels, { signal })
      observer.tested(resource, verdicts)
      const verdict = verdicts.at(-1)
      if (verdict === undefined) throw new Error('A gate without a verdict')
      const key = settingKey(desired)
      const now = clock.monotonic()
      memory.gate = recordAnswer(memory.gate, { key, verdict, now })
      return gateOf(memory.gate, key, now)
    },
  }
}

/** What the target said of exactly this setting. @param now monotonic milliseconds. */
export function gateFor(memory: WebhookMemory, desired: DesiredWebhook | undefined, now: number): Gate {
  return desired === undefined ? { state: 'Ask' } : gateOf(memory.gate, settingKey(desired), now)
}

/** What is to be tested: the setting in force, not the one that was refused. */
export function watchTarget(
  tests: TargetTests,
  webhook: S3AuditWebhook,
  options: {
    readonly spec: S3AuditWebhookSpec
    readonly inputs: WebhookInputs
    readonly memory: WebhookMemory
    readonly trust: TrustInput
  },
): void {
  const { spec, inputs, memory, trust } = options
  const key = objectKey(objectName(webhook))
  if (notTested(spec) !== undefined || trust.state === 'Problem') {
    tests.unwatch(key)
    return
  }
  const setting = settingInForce(inputs, memory)
  const endpoint = URL.parse(setting.endpoint)
  if (endpoint === null) {
    tests.unwatch(key)
    return
  }
  const request = webhook.metadata.annotations?.[testRequestedAt]?.slice(0, maximumRequestLength)
  const status = webhook.status
  tests.watch(key, {
    target: targetSpec(spec, key, endpoint, setting.authorization, trust.trust),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([settingKey(setting), trust.fingerprint, spec.targetType, spec.probe.healthPath]))
      .digest('base64'),
    probe: spec.probe,
    maximumLevel: setting.tokenKnown ? 3 : 1,
    slowMilliseconds: ((spec.minio?.requestTimeoutSeconds ?? defaultSenderTimeoutSeconds) * 1000) / 2,
    ...(request === undefined ? {} : { testRequest: request }),
    restored: {
      ...(status?.target === undefined
        ? {}
        : {
            target: {
              status: status.target,
              message: findCondition(status.conditions ?? [], 'TargetReachable')?.message ?? '',
            },
          }),
      ...(status?.lastTest === undefined ? {} : { lastTest: status.lastTest }),
      ...(status?.lastHandledTestRequest === undefined ? {} : { handledTestRequest: status.lastHandledTestRequest }),
    },
  })
}

/** What the report says of the target. */
export function targetFinding(
  tests: TargetTests,
  key: string,
  spec: S3AuditWebhookSpec,
  trust: TrustInput,
  now: number,
): TargetFinding {
  const untested = notTested(spec)
  if (untested !== undefined) return untested
  if (trust.state === 'Problem') {
    return {
      tested: true,
      state: 'Rejecting',
      reason: trust.reason,
      message: trust.message,
      lastTransitionTime: formatTime(now),
    }
  }
  const snapshot = tests.snapshot(key)
  if (snapshot === undefined)
    return { tested: false, reason: 'NotTested', message: 'The target has not been tested yet.' }
  const { reachability, lastTest, handledTestRequest, requestedTest } = snapshot
  const outage = reachability.state === 'Unreachable' || reachability.state === 'Rejecting'
  const { lastSuccessTime, certificateNotAfter } = reachability
  return {
    tested: true,
    state: reachability.state,
    reason: reachability.reason,
    message: spec.tls.verification === 'None' ? withNote(reachability.message, noTrust) : reachability.message,
    lastTransitionTime: formatTime(reachability.lastTransitionTime),
    ...(outage && lastSuccessTime !== undefined ? { lastSuccessTime: formatTime(lastSuccessTime) } : {}),
    ...(certificateNotAfter === undefined ? {} : { certificateNotAfter: formatTime(certificateNotAfter) }),
    ...(lastTest === undefined ? {} : { lastTest }),
    ...(handledTestRequest === undefined ? {} : { handledTestRequest }),
    ...(requestedTest === undefined ? {} : { requestedTest }),
    ...(reachability.outageStartTime === undefined
      ? {}
      : { outageStartTime: formatTime(reachability.outageStartTime) }),
  }
}

const noTrust = ' TLS trust was not tested because of `spec.tls.verification: None`.'

/** A message restored from the status has the note already. */
function withNote(message: string, note: string): string {
  return message.endsWith(note) ? message : `${message}${note}`
}

function notTested(spec: S3AuditWebhookSpec): TargetFinding | undefined {
  if (spec.suspend) return { tested: false, reason: 'Suspended', message: 'Not tested while suspended.' }
  if (!spec.enabled) return { tested: false, reason: 'Disabled', message: 'Not tested while `spec.enabled` is false.' }
  if (spec.probe.mode === 'Disabled') {
    return { tested: false, reason: 'NotTested', message: 'Not tested because of `spec.probe.mode: Disabled`.' }
  }
  return undefined
}

interface Setting {
  readonly endpoint: string
  readonly authorization: Secret | undefined
  /** False when the cluster hides the token in force and this process did not apply it. */
  readonly tokenKnown: boolean
}

/**
 * The setting that the cluster uses. While a change waits or was refused that is the old one: what this process applied, or the
 * cluster's own copy where it shows the token. Before anything is in force it is what the spec asks for.
 */
function settingInForce(
  { observation, desired, spec, token, resource }: WebhookInputs,
  memory: WebhookMemory,
): Setting {
  const wanted: Setting = {
    endpoint: desired?.endpoint ?? spec.endpoint,
    authorization: desired?.authorization,
    tokenKnown: token.state !== 'Problem',
  }
  const webhook = memory.observation.state === 'Read' ? memory.observation.webhook : undefined
  const applied = resource.status?.applied
  if (observation.state !== 'Read' || webhook?.state !== 'Present' || !webhook.enabled) return wanted
  if (applied === undefined && memory.inForce === undefined) return wanted
  if (memory.inForce?.endpoint === webhook.endpoint) return { ...memory.inForce, tokenKnown: true }
  const { endpoint } = webhook
  if (webhook.token.kind === 'Shown') return { endpoint, authorization: webhook.token.value, tokenKnown: true }
  if (webhook.token.kind === 'None') return { endpoint, authorization: undefined, tokenKnown: true }
  // Where somebody else pointed the webhook to, no token of ours goes from here.
  const same =
    withoutQuery(endpoint) === applied?.endpoint &&
    token.state === 'Ready' &&
    applied.tokenSecret?.uid === token.source.uid &&
    applied.tokenSecret.resourceVersion === token.source.resourceVersion
  return { endpoint, authorization: same ? token.authorization : undefined, tokenKnown: same }
}

/** What is tested, as whom. */
export function targetSpec(
  spec: S3AuditWebhookSpec,
  resource: string,
  endpoint: URL,
  authorization: Secret | undefined,
  trust: TlsTrust,
): TargetSpec {
  return {
    endpoint,
    targetType: spec.targetType,
    ...(authorization === undefined ? {} : { authorization }),
    tls: trust,
    timeoutMilliseconds: spec.probe.timeoutSeconds * 1000,
    ...(spec.probe.healthPath === undefined ? {} : { healthPath: spec.probe.healthPath }),
    resource,
  }
}

/** Equal for equal settings; a digest, so that no token stands in a key that might be printed. */
function settingKey(setting: Pick<Setting, 'endpoint' | 'authorization'>): string {
  return createHash('sha256')
    .update(setting.endpoint)
    .update('\0')
    .update(setting.authorization?.reveal() ?? '')
    .digest('base64')
}
