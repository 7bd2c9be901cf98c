import { describe, expect, test } from 'vitest'

import type { Condition } from '../api/conditions.ts'
import type { S3AuditWebhookStatus } from '../api/s3-audit-webhook-status.ts'
import { parseS3AuditWebhookSpec } from '../api/s3-audit-webhook.ts'
import { parseS3ClusterSpec, type S3ClusterStatus } from '../api/s3-cluster.ts'
import type { Verdict } from '../target/verdict.ts'
import { diagnose } from './diagnose.ts'
import type { ClusterFacts, Facts, WebhookFacts } from './facts.ts'

const now = Date.UTC(2026, 5, 1, 12)
const time = '2026-06-01T11:00:00Z'

const is = (type: string, status: Condition['status'], reason: string, message = 'So it is.'): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: time,
})

const webhookSpec = (change: object = {}): WebhookFacts['spec'] =>
  parseS3AuditWebhookSpec({
    clusterRef: { name: 'weka' },
    endpoint: 'https://splunk.example.com/services/collector/raw',
    authTokenSecretRef: { name: 'token' },
    ...change,
  })

const webhookStatus = (...conditions: readonly Condition[]): S3AuditWebhookStatus => ({
  observedGeneration: 3,
  conditions,
})
const clusterStatus = (...conditions: readonly Condition[]): S3ClusterStatus => ({ observedGeneration: 1, conditions })

const webhook = (change: Partial<WebhookFacts> = {}): WebhookFacts => ({
  metadata: { namespace: 'ns', name: 'audit', generation: 3 },
  spec: webhookSpec(),
  status: webhookStatus(
    is('Ready', 'True', 'InForce'),
    is('Synced', 'True', 'Applied'),
    is('TargetReachable', 'True', 'Accepted'),
  ),
  cluster: 'Found',
  token: { state: 'InOrder' },
  trust: { state: 'InOrder' },
  verdicts: undefined,
  ...change,
})

const cluster = (change: Partial<ClusterFacts> = {}): ClusterFacts => ({
  metadata: { namespace: 'ns', name: 'weka', generation: 1 },
  spec: parseS3ClusterSpec({ type: 'WEKA', credentialsSecretRef: { name: 'weka' } }),
  status: clusterStatus(is('Ready', 'True', 'Connected')),
  access: { state: 'InOrder' },
  ...change,
})

const lease = (spec: object, namespace = 'ops') => ({ name: { namespace, name: 's3-audit-operator' }, spec })
const fresh = lease({ holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: '2026-06-01T11:59:58.000000Z' })

const healthy: Facts = {
  now,
  missingKinds: [],
  missing: undefined,
  unseen: [],
  leases: [fresh],
  clusters: [cluster()],
  webhooks: [webhook()],
}

const verdict = (change: Partial<Verdict>): Verdict => ({
  level: 2,
  class: 'ok',
  reason: 'Accepted',
  message: 'The token is known.',
  durationMilliseconds: 1,
  ...change,
})

const problem = (reason: string) => ({ state: 'Problem', reason, message: `${reason} was found.` }) as const

/** Findings as `Severity subject reason`. */
const told = (facts: Partial<Facts>): readonly string[] =>
  diagnose({ ...healthy, ...facts }).map(({ severity, subject, reason }) => `${severity} ${subject} ${reason}`)

test('what works and is seen gives no finding', () => {
  expect(diagnose(healthy)).toEqual([])
})

describe('the operator', () => {
  test.each<{ name: string; leases: Facts['leases']; want: readonly string[] }>([
    { name: 'out of sight', leases: undefined, want: [] },
    { name: 'without a lease', leases: [], want: ['Warning Operator NoLease'] },
    { name: 'stopped', leases: [lease({ holderIdentity: '' })], want: ['Error Operator NoLeader'] },
    { name: 'stopped, with null', leases: [lease({ holderIdentity: null })], want: ['Error Operator NoLeader'] },
    {
      name: 'silent for two minutes',
      leases: [lease({ ...fresh.spec, renewTime: '2026-06-01T11:58:00.000000Z' })],
      want: ['Error Operator LeaderSilent'],
    },
    {
      name: 'on a machine whose clock is a minute behind ours',
      leases: [lease({ ...fresh.spec, renewTime: '2026-06-01T11:59:00.000000Z' })],
      want: [],
    },
    {
      name: 'without a time',
      leases: [lease({ holderIdentity: 'pod-1' })],
      want: ['Error Operator LeaderSilent'],
    },
    {
      name: 'uninstalled',
      leases: [lease({ ...fresh.spec, holderIdentity: 'closed:job:' })],
      want: ['Error Operator Uninstalled'],
    },
    { name: 'stopped in one namespace, at work in another', leases: [lease({}, 'old'), fresh], want: [] },
  ])('$name', ({ leases, want }) => {
    expect(told({ leases })).toEqual(want)
  })
})

describe('an S3Cluster', () => {
  const subject = 'S3Cluster ns/weka'
  test.each<{ name: string; given: Partial<ClusterFacts>; want: readonly string[] }>([
    { name: 'that nobody looked at', given: { status: undefined }, want: [`Error ${subject} NotSeen`] },
    {
      name: 'whose Secret is not there, told once',
      given: {
        access: problem('SecretNotFound'),
        status: clusterStatus(is('Ready', 'False', 'SecretNotFound')),
      },
      want: [`Error ${subject} SecretNotFound`],
    },
    {
      name: 'whose Secret came after the last look',
      given: { status: clusterStatus(is('Ready', 'False', 'SecretNotFound')) },
      want: [`Error ${subject} SecretNotFound`],
    },
    {
      name: 'that does not answer',
      given: { status: clusterStatus(is('Ready', 'False', 'ClusterUnreachable')) },
      want: [`Error ${subject} ClusterUnreachable`],
    },
    {
      name: 'that was not reached yet',
      given: { status: clusterStatus(is('Ready', 'Unknown', 'Progressing')) },
      want: [`Error ${subject} Progressing`],
    },
    {
      name: 'that waits for a change to be acted on',
      given: {
        metadata: { namespace: 'ns', name: 'weka', generation: 2 },
        status: clusterStatus(is('Ready', 'Unknown', 'Progressing')),
      },
      want: [`Warning ${subject} Behind`],
    },
    {
      name: 'with a spec that cannot be read',
      given: { spec: { problem: 'x' }, access: undefined },
      want: [`Error ${subject} InvalidSpec`],
    },
    {
      name: 'without verification',
      given: {
        spec: parseS3ClusterSpec({
          type: 'WEKA',
          credentialsSecretRef: { name: 'weka' },
          tls: { verification: 'None' },
        }),
      },
      want: [`Warning ${subject} NotVerified`],
    },
  ])('$name', ({ given, want }) => {
    expect(told({ clusters: [cluster(given)] })).toEqual(want)
  })
})

describe('an S3AuditWebhook', () => {
  const subject = 'S3AuditWebhook ns/audit'
  test.each<{ name: string; given: Partial<WebhookFacts>; want: readonly string[] }>([
    {
      name: 'that nobody looked at',
      given: { status: { observedGeneration: -1 } },
      want: [`Error ${subject} NotSeen`],
    },
    {
      name: 'whose last change was not acted on yet',
      given: { metadata: { namespace: 'ns', name: 'audit', generation: 4 } },
      want: [`Warning ${subject} Behind`],
    },
    {
      name: 'in deletion',
      given: {
        metadata: { namespace: 'ns', name: 'audit', deletionTimestamp: time, finalizers: ['s3audit.dev/webhook'] },
      },
      want: [`Warning ${subject} InDeletion`],
    },
    {
      name: 'with a spec that cannot be read',
      given: { spec: { problem: 'x' } },
      want: [`Error ${subject} InvalidSpec`],
    },
    { name: 'without its cluster', given: { cluster: 'Missing' }, want: [`Error ${subject} ClusterNotFound`] },
    { name: 'whose cluster is out of sight', given: { cluster: 'Unseen' }, want: [] },
    {
      name: 'with a malformed token',
      given: { token: problem('TokenMalformed') },
      want: [`Error ${subject} TokenMalformed`],
    },
    {
      name: 'with an invalid CA, told once',
      given: { trust: problem('CAInvalid'), status: webhookStatus(is('TargetReachable', 'False', 'CAInvalid')) },
      want: [`Error ${subject} CAInvalid`],
    },
    {
      name: 'with drift',
      given: { status: webhookStatus(is('Synced', 'False', 'DriftDetected')) },
      want: [`Error ${subject} DriftDetected`],
    },
    {
      name: 'whose target refuses and whose buffer fills',
      given: {
        status: webhookStatus(is('BufferHealthy', 'False', 'AtRisk'), is('TargetReachable', 'False', 'TokenInvalid')),
      },
      want: [`Error ${subject} TokenInvalid`, `Warning ${subject} AtRisk`],
    },
    {
      name: 'that loses events',
      given: {
        status: {
          ...webhookStatus(is('Delivering', 'False', 'SendsFailing'), is('BufferHealthy', 'False', 'Full')),
          buffer: { state: 'Full', summary: '100%' },
        },
      },
      want: [`Error ${subject} SendsFailing`, `Error ${subject} Full`],
    },
    {
      name: 'that is not Ready yet, and nothing else says why',
      given: { status: webhookStatus(is('Ready', 'Unknown', 'Progressing'), is('Synced', 'Unknown', 'Progressing')) },
      want: [`Error ${subject} Progressing`],
    },
    {
      name: 'whose buffer nobody knows',
      given: { status: webhookStatus(is('Ready', 'True', 'InForce'), is('BufferHealthy', 'Unknown', 'NoEstimate')) },
      want: [`Notice ${subject} NoEstimate`],
    },
    {
      name: 'whose target fails from here',
      given: { verdicts: [verdict({ level: 0 }), verdict({ class: 'misconfigured', reason: 'TokenInvalid' })] },
      want: [`Error ${subject} TokenInvalid`],
    },
    {
      name: 'whose target works only from here',
      given: {
        verdicts: [verdict({}), verdict({ class: 'warning', reason: 'CertificateExpiring' })],
        status: webhookStatus(is('TargetReachable', 'False', 'ConnectTimeout')),
      },
      want: [
        `Error ${subject} ConnectTimeout`,
        `Warning ${subject} CertificateExpiring`,
        `Notice ${subject} PassesHere`,
      ],
    },
    { name: 'whose target works from here too', given: { verdicts: [verdict({})] }, want: [] },
    {
      name: 'that is suspended',
      given: { spec: webhookSpec({ suspend: true }) },
      want: [`Warning ${subject} Suspended`],
    },
    {
      name: 'that is off, observed and not tested',
      given: { spec: webhookSpec({ enabled: false, managementPolicy: 'Observe', probe: { mode: 'Disabled' } }) },
      want: ['Disabled', 'Observed', 'NotTested'].map((reason) => `Notice ${subject} ${reason}`),
    },
    {
      name: 'with a token over plain http',
      given: { spec: webhookSpec({ endpoint: 'http://splunk.example.com/services/collector/raw' }) },
      want: [`Warning ${subject} PlainHttp`],
    },
  ])('$name', ({ given, want }) => {
    expect(told({ webhooks: [webhook(given)] })).toEqual(want)
  })
})

test('the worst comes first, and what is out of sight is told once', () => {
  const unseen = ["get secrets in namespace 'ns'", "get secrets in namespace 'ns'"]
  const facts: Partial<Facts> = {
    unseen,
    missingKinds: ['s3clusters.s3audit.dev'],
    leases: [],
    clusters: [],
    webhooks: [webhook({ spec: webhookSpec({ enabled: false }), cluster: 'Missing' })],
    missing: { namespace: 'ns', name: 'other' },
  }
  expect(told(facts)).toEqual([
    'Error CRDs NotInstalled',
    'Error ns/other NotFound',
    'Error S3AuditWebhook ns/audit ClusterNotFound',
    'Warning Operator NoLease',
    'Warning You NotAllowed',
    'Notice S3AuditWebhook ns/audit Disabled',
  ])
  const findings = diagnose({ ...healthy, ...facts })
  expect(findings.find(({ subject }) => subject === 'You')?.message).toBe(
    "You may not get secrets in namespace 'ns', so this was not looked at.",
  )
  expect(findings.every(({ remedy }) => remedy !== '')).toBe(true)
})

test.each<{ name: string; given: Partial<WebhookFacts> }>([
  { name: 'a condition', given: { status: webhookStatus(is('Synced', 'False', 'ForeignWebhook', 'Set the policy.')) } },
  {
    name: 'a test',
    given: { verdicts: [verdict({ class: 'transient', reason: 'ServerBusy', message: 'Set the policy.' })] },
  },
  { name: 'a reference', given: { token: { state: 'Problem', reason: 'SecretNotFound', message: 'Set the policy.' } } },
])('the words of $name are passed on, remedy and all', ({ given }) => {
  expect(diagnose({ ...healthy, webhooks: [webhook(given)] })[0]?.message).toContain('Set the policy.')
})
