import { expect, test } from 'vitest'

import type { S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import { s3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { Decision } from './decide.ts'
import { eventsOfPass, type PassResult } from './events.ts'

const now = '2026-01-01T00:00:00Z'
const spec = s3AuditWebhookSpec.parse({
  clusterRef: { name: 'c' },
  endpoint: 'https://h.example.com/services/collector/raw',
})
const nothing: Decision = { action: { kind: 'None' }, status: 'True', reason: 'Applied', message: '', drifted: false }

const quiet: S3AuditWebhookStatus = {
  observedGeneration: 1,
  conditions: [condition('Synced', 'True', 'Applied'), condition('TargetReachable', 'True', 'Accepted')],
  target: { state: 'Reachable', reason: 'Accepted', lastTransitionTime: now },
  buffer: { state: 'Empty', summary: '0%' },
  lastTest: { time: now, id: 'one', level: 3, outcome: 'ok', reason: 'Accepted' },
}

function condition(type: string, status: 'True' | 'False' | 'Unknown', reason: string) {
  return { type, status, reason, message: `${reason}.`, lastTransitionTime: now, observedGeneration: 1 }
}

function reasons(change: Partial<PassResult>): string[] {
  const inputs: PassResult['inputs'] = {
    resource: { metadata: { name: 'audit' }, spec },
    spec,
    targetName: '',
    cluster: { state: 'Unknown' },
    token: { state: 'None' },
    owner: undefined,
    observation: { state: 'NotRead' },
    desired: undefined,
    inForce: undefined,
    repairs: [],
    openDrift: false,
    gate: { state: 'Ask' },
    now: 0,
  }
  const result = {
    previous: quiet,
    next: quiet,
    decision: nothing,
    driftBegan: false,
    outcome: undefined,
    spec,
    inputs,
    ...change,
  }
  return eventsOfPass(result).map(({ reason }) => reason)
}

const repair: Decision = { ...nothing, action: { kind: 'Apply', cause: 'Drift' }, drifted: true }
const waiting: Decision = { ...nothing, status: 'False', reason: 'DriftDetected', drifted: true }
const drifting: S3AuditWebhookStatus = { ...quiet, conditions: [condition('Synced', 'False', 'DriftDetected')] }
const applied = { state: 'Applied', observed: { state: 'Absent' }, leftover: { events: 0, inStore: false } } as const
const target = (state: NonNullable<S3AuditWebhookStatus['target']>['state']): S3AuditWebhookStatus => ({
  ...quiet,
  target: { state, reason: 'ServerBusy', lastTransitionTime: now },
})
const buffer = (
  state: NonNullable<S3AuditWebhookStatus['buffer']>['state'],
  more: object = {},
): S3AuditWebhookStatus => ({
  ...quiet,
  buffer: { state, summary: '50%', ...more },
})

const cases: readonly { name: string; given: Partial<PassResult>; want: readonly string[] }[] = [
  { name: 'a pass in which nothing changed is silent', given: {}, want: [] },
  {
    name: 'a first apply',
    given: { decision: { ...nothing, action: { kind: 'Apply', cause: 'First' } }, outcome: applied },
    want: ['WebhookApplied'],
  },
  {
    name: 'a failed apply is told by its condition alone',
    given: { decision: { ...nothing, action: { kind: 'Apply', cause: 'First' } } },
    want: [],
  },
  {
    name: 'a repair',
    given: { decision: repair, driftBegan: true, outcome: applied },
    want: ['DriftDetected', 'DriftRepaired'],
  },
  {
    name: 'a repair that had to wait: what was found is told once',
    given: { previous: drifting, decision: repair, outcome: applied },
    want: ['DriftRepaired'],
  },
  {
    name: 'a drift that is not repaired at once',
    given: { next: drifting, decision: waiting, driftBegan: true },
    want: ['DriftDetected'],
  },
  {
    name: 'a drift of which the operator before this one told',
    given: { previous: drifting, next: drifting, decision: waiting, driftBegan: true },
    want: [],
  },
  {
    name: 'a repair that fails',
    given: { decision: repair, driftBegan: true },
    want: ['DriftDetected'],
  },
  {
    name: 'switching off drops what waits',
    given: {
      decision: { ...nothing, action: { kind: 'Apply', cause: 'Change' } },
      outcome: { ...applied, leftover: { events: 7, inStore: false } },
      spec: { ...spec, enabled: false },
    },
    want: ['WebhookDisabled', 'EventsLost'],
  },
  { name: 'the target goes away', given: { next: target('Unreachable') }, want: ['TargetUnreachable'] },
  { name: 'the target begins to refuse', given: { next: target('Rejecting') }, want: ['TargetRejecting'] },
  { name: 'the target degrades', given: { next: target('Degraded') }, want: ['TargetDegraded'] },
  { name: 'the target recovers', given: { previous: target('Unreachable') }, want: ['TargetRecovered'] },
  { name: 'the first verdict is no recovery', given: { previous: target('Unknown') }, want: [] },
  {
    name: 'the first accepted test event',
    given: { previous: { observedGeneration: -1 } },
    want: ['TestEventAccepted'],
  },
  {
    name: 'a periodic test event is not told',
    given: { next: { ...quiet, lastTest: { time: now, id: 'two', level: 3, outcome: 'ok', reason: 'Accepted' } } },
    want: [],
  },
  {
    name: 'a requested test event is told',
    given: {
      next: {
        ...quiet,
        lastHandledTestRequest: 'r',
        lastTest: { time: now, id: 'two', level: 3, outcome: 'ok', reason: 'Accepted' },
      },
    },
    want: ['TestEventAccepted'],
  },
  {
    name: 'a requested test is told, be it passed or not',
    given: {
      next: { ...quiet, lastHandledTestRequest: 'r' },
      target: {
        tested: true,
        state: 'Reachable',
        reason: 'Accepted',
        message: '',
        lastTransitionTime: now,
        requestedTest: { passed: false, summary: '0 ok Healthy; 1 transient ServerBusy (HTTP 503). It is busy.' },
      },
    },
    want: ['TargetTested'],
  },
  { name: 'the buffer comes to be at risk', given: { next: buffer('AtRisk') }, want: ['BufferAtRisk'] },
  {
    name: 'the buffer is full and loses events',
    given: { previous: buffer('AtRisk'), next: buffer('Full', { eventsLost: 3 }) },
    want: ['BufferFull', 'EventsLost'],
  },
  { name: 'the buffer has drained', given: { previous: buffer('Draining') }, want: ['BufferDrained'] },
  {
    name: 'the buffer has drained before anybody saw it',
    given: { previous: buffer('AtRisk', { outageStartTime: now }) },
    want: ['BufferDrained'],
  },
  {
    name: 'what filled in an outage is gone after it',
    given: { previous: buffer('Filling', { outageStartTime: now }) },
    want: ['BufferDrained'],
  },
  { name: 'a burst is over', given: { previous: buffer('Filling') }, want: [] },
  {
    name: 'a queue that is empty while the outage lasts, as after a restart of its node, has not drained',
    given: {
      previous: buffer('AtRisk', { outageStartTime: now }),
      next: buffer('Empty', { outageStartTime: now }),
    },
    want: [],
  },
  {
    name: 'a queue that was seen to drain has drained, though the tests do not know of it yet',
    given: {
      previous: buffer('Draining', { outageStartTime: now }),
      next: buffer('Empty', { outageStartTime: now }),
    },
    want: ['BufferDrained'],
  },
  {
    name: 'a buffer that is too small is told once, before the incident',
    given: { next: buffer('Empty', { holdSeconds: 60 }) },
    want: ['BufferTooSmall'],
  },
  {
    name: 'a refused change',
    given: { next: { ...quiet, conditions: [condition('Synced', 'False', 'ChangeRefused')] } },
    want: ['ChangeRefused'],
  },
  {
    name: 'a conflict',
    given: { next: { ...quiet, conditions: [condition('Synced', 'False', 'Conflict')] } },
    want: ['Conflict'],
  },
]

test.each(cases)('$name', ({ given, want }) => {
  expect(reasons(given)).toEqual(want)
})
