import { expect, test } from 'vitest'

import { findCondition } from '../../api/conditions.ts'
import type { S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import type { TargetFinding } from './findings.ts'
import { report, type Findings } from './report.ts'

const now = '2026-01-01T00:00:00Z'
const later = '2026-01-01T01:00:00Z'
const webhook = { metadata: { name: 'audit', namespace: 'storage', generation: 3 }, spec: {} }
const spec = { enabled: true, suspend: false, managementPolicy: 'Manage' } as const

const reachable: TargetFinding = {
  tested: true,
  state: 'Reachable',
  reason: 'Accepted',
  message: 'The target accepts events.',
  lastTransitionTime: now,
}

const good: Findings = {
  synced: { status: 'True', reason: 'Applied', message: 'In force.' },
  target: reachable,
  delivery: { reason: 'NotReported', message: 'WEKA tells nothing.' },
  buffer: { reason: 'NoEstimate', message: 'Unknown.', status: { state: 'Unknown', summary: '?' } },
}

const unreachable: TargetFinding = { ...reachable, state: 'Unreachable', reason: 'ConnectionRefused', message: 'Down.' }
const rejecting: TargetFinding = { ...reachable, state: 'Rejecting', reason: 'TokenInvalid', message: 'No.' }

function kstatus(status: S3AuditWebhookStatus): string {
  const is = (type: string): boolean => findCondition(status.conditions ?? [], type)?.status === 'True'
  if (is('Reconciling')) return 'InProgress'
  if (is('Stalled')) return 'Failed'
  return is('Ready') ? 'Current' : 'InProgress'
}

const cases: readonly {
  name: string
  findings?: Partial<Findings>
  spec?: Partial<{ enabled: boolean; suspend: boolean; managementPolicy: 'Manage' | 'Observe' }>
  want: readonly [status: string, reason: string, kstatus: string]
}[] = [
  { name: 'all is well', want: ['True', 'InForce', 'Current'] },
  { name: 'the target is down', findings: { target: unreachable }, want: ['False', 'ConnectionRefused', 'InProgress'] },
  {
    name: 'the target refuses: only a human helps',
    findings: { target: rejecting },
    want: ['False', 'TokenInvalid', 'Failed'],
  },
  {
    name: 'what is not synced comes before the target',
    findings: { target: unreachable, synced: { status: 'False', reason: 'ClusterUnreachable', message: 'Away.' } },
    want: ['False', 'ClusterUnreachable', 'InProgress'],
  },
  {
    name: 'a conflict stalls',
    findings: { synced: { status: 'False', reason: 'Conflict', message: 'Other.' } },
    want: ['False', 'Conflict', 'Failed'],
  },
  {
    name: 'the cluster says that it does not deliver',
    findings: { delivery: { reason: 'SendsFailing', message: 'Refused.' } },
    want: ['False', 'SendsFailing', 'InProgress'],
  },
  {
    name: 'a buffer at risk does not decide',
    findings: { buffer: { reason: 'AtRisk', message: 'Soon.' } },
    want: ['True', 'InForce', 'Current'],
  },
  {
    name: 'a target that may not be tested does not decide',
    findings: { target: { tested: false, reason: 'NotTested', message: 'Off.' } },
    want: ['True', 'InForce', 'Current'],
  },
  {
    name: 'a target not tested yet',
    findings: { target: { ...reachable, state: 'Unknown', reason: 'NotTested' } },
    want: ['Unknown', 'Progressing', 'InProgress'],
  },
  {
    name: 'switched off',
    spec: { enabled: false },
    findings: { target: unreachable },
    want: ['True', 'Disabled', 'Current'],
  },
  { name: 'only observed, no drift', spec: { managementPolicy: 'Observe' }, want: ['True', 'Observed', 'Current'] },
]

test.each(cases)('$name', ({ findings, spec: over, want }) => {
  const status = report(webhook, { ...spec, ...over }, undefined, { ...good, ...findings }, now)
  const ready = findCondition(status.conditions ?? [], 'Ready')
  expect([ready?.status, ready?.reason, kstatus(status)]).toEqual(want)
  expect(status.conditions?.every((condition) => condition.observedGeneration === 3)).toBe(true)
  expect(status.observedGeneration).toBe(3)
})

test('the same findings give the same status an hour later, so nothing is written', () => {
  const first = report(webhook, spec, undefined, good, now)
  expect(report(webhook, spec, first, good, later)).toEqual(first)
  const down = report(webhook, spec, first, { ...good, target: unreachable }, now)
  expect(report(webhook, spec, down, { ...good, target: unreachable }, later)).toEqual(down)
})

test('retrying after a failure is told apart from waiting for the first answer', () => {
  const reasonOf = (findings: Partial<Findings>) =>
    findCondition(report(webhook, spec, undefined, { ...good, ...findings }, now).conditions ?? [], 'Reconciling')
      ?.reason
  expect(reasonOf({ target: unreachable })).toBe('ProgressingWithRetry')
  expect(reasonOf({ synced: { status: 'Unknown', reason: 'Progressing', message: 'Waiting.' } })).toBe('Progressing')
  expect(reasonOf({})).toBeUndefined()
})

test('a suspended resource keeps its last Ready and is not in progress', () => {
  const first = report(webhook, spec, undefined, good, now)
  const paused: Findings = {
    synced: { status: 'Unknown', reason: 'Suspended', message: 'Paused.' },
    target: { tested: false, reason: 'Suspended', message: 'Paused.' },
    delivery: { reason: 'Suspended', message: 'Paused.' },
    buffer: { reason: 'Suspended', message: 'Paused.' },
  }
  const status = report(webhook, { ...spec, suspend: true }, first, paused, later)
  expect(findCondition(status.conditions ?? [], 'Ready')).toMatchObject({ status: 'True', reason: 'InForce' })
  expect(findCondition(status.conditions ?? [], 'Suspended')).toMatchObject({ status: 'True' })
  expect(kstatus(status)).toBe('Current')
  const resumed = report(webhook, spec, status, good, later)
  expect(findCondition(resumed.conditions ?? [], 'Suspended')).toBeUndefined()
})

test('what was applied and handled stays told when a pass has nothing new to say of it', () => {
  const applied = { clusterId: 'c', targetName: '', endpoint: 'https://h/x', enabled: true, time: now }
  const first = report(webhook, spec, undefined, { ...good, applied, handledReconcileRequest: 'r1' }, now)
  const next = report(webhook, spec, first, good, later)
  expect(next).toMatchObject({ applied, lastHandledReconcileRequest: 'r1' })
})
