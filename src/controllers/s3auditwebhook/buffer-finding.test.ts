import { expect, test } from 'vitest'

import type { BufferStatus } from '../../api/s3-audit-webhook-status.ts'
import type { BufferOptions } from '../../api/s3-audit-webhook.ts'
import { parseS3AuditWebhookSpec, type S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { NodeDelivery } from '../../providers/provider.ts'
import { bufferFinding, wantsRate, type BufferFindingInput } from './buffer-finding.ts'
import { advanceSnapshot, emptySnapshot, type DeliverySnapshot } from './delivery-snapshot.ts'
import type { TargetFinding } from './findings.ts'

const start = '2026-01-01T00:00:00Z'
const silent = { reason: 'ClusterUnreachable', message: 'No answer.' } as const
const notReported = { reason: 'NotReported', message: 'WEKA tells nothing.' } as const
const offline = { reason: 'ClusterReportsOffline', message: 'Offline.' } as const

function spec(buffer: Partial<BufferOptions> = {}, over: object = {}): S3AuditWebhookSpec {
  const parsed = parseS3AuditWebhookSpec({
    clusterRef: { name: 'c' },
    endpoint: 'https://splunk.example.com:8088/services/collector/raw',
    buffer,
    ...over,
  })
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.spec
}

function target(state: 'Reachable' | 'Unreachable' | 'Unknown'): TargetFinding {
  return {
    tested: true,
    state,
    reason: state === 'Reachable' ? 'Accepted' : 'ConnectionRefused',
    message: '',
    lastTransitionTime: start,
    ...(state === 'Unreachable' ? { outageStartTime: start, lastSuccessTime: start } : {}),
  }
}

/** What a look found at the start. */
function seen(queuedEvents: number): DeliverySnapshot {
  const node: NodeDelivery = {
    node: 'n1',
    online: false,
    queuedEvents,
    capacityEvents: 10_000,
    failedAttempts: 1,
    handledMessages: 0,
  }
  return advanceSnapshot(emptySnapshot, { time: Date.parse(start), nodes: [node] }, { quick: false })
}

function after(minutes: number): string {
  return `${new Date(Date.parse(start) + minutes * 60_000).toISOString().slice(0, 19)}Z`
}

function input(over: Partial<BufferFindingInput> = {}): BufferFindingInput {
  return {
    spec: spec({ capacityEvents: 10_000, eventsPerMinute: 60 }),
    status: undefined,
    target: target('Unreachable'),
    delivery: notReported,
    snapshot: undefined,
    eventRate: undefined,
    now: after(60),
    ...over,
  }
}

/** A status as it is stored after a finding. */
function stored(buffer: BufferStatus, reason: string = buffer.state): BufferFindingInput['status'] {
  const condition = { type: 'BufferHealthy', status: 'True', reason, message: 'As told.' } as const
  return {
    observedGeneration: 1,
    conditions: [{ ...condition, lastTransitionTime: start, observedGeneration: 1 }],
    buffer,
  }
}

const measured: BufferStatus = {
  state: 'Filling',
  basis: 'Measured',
  summary: '10%',
  percentFull: 10,
  capacityEvents: 10_000,
  capacityBasis: 'Reported',
  eventsPerMinute: 60,
}

test('a cluster that tells nothing is estimated from the spec', () => {
  const { reason, status, lookAgainMilliseconds } = bufferFinding(input())
  expect(reason).toBe('AtRisk')
  expect(status).toMatchObject({ basis: 'Estimated', capacityBasis: 'Specified', percentFull: 35 })
  expect(lookAgainMilliseconds).toBeGreaterThan(0)
})

test.each<{ name: string; over: Partial<BufferFindingInput>; says: string }>([
  { name: 'capacity and rate are not given', over: { spec: spec() }, says: 'set `spec.buffer.capacityEvents`' },
  {
    name: 'only the capacity is',
    over: { spec: spec({ capacityEvents: 5 }) },
    says: 'set `spec.buffer.eventsPerMinute`',
  },
  {
    name: 'only the rate is',
    over: { spec: spec({ eventsPerMinute: 5 }) },
    says: 'set `spec.buffer.capacityEvents`; the usual rate is known',
  },
  {
    name: 'the target is not tested, so that nothing tells of an outage',
    over: { target: { tested: false, reason: 'NotTested', message: '' } },
    says: 'needs tests of the target',
  },
  { name: 'no test has ended yet', over: { target: target('Unknown') }, says: 'needs a test of the target first' },
])('unknown, and never empty: $name', ({ over, says }) => {
  const { reason, message, status } = bufferFinding(input(over))
  expect(reason).toBe('NoEstimate')
  expect(message).toContain(says)
  expect(status).toMatchObject({ state: 'Unknown', summary: '?' })
})

const onlyCapacity = spec({ capacityEvents: 10_000 })

test('the rate that the cluster tells serves where the spec has none', () => {
  const { status } = bufferFinding(input({ spec: onlyCapacity, eventRate: 60 }))
  expect(status).toMatchObject({ basis: 'Estimated', percentFull: 35, eventsPerMinute: 60, rateBasis: 'Reported' })
})

test('the rate of the spec wins over that of the cluster', () => {
  const { status } = bufferFinding(input({ eventRate: 6000 }))
  expect(status).toMatchObject({ percentFull: 35, eventsPerMinute: 60, rateBasis: 'Specified' })
})

test('in an outage the rate of before stands, without the cluster and after a restart', () => {
  const up = bufferFinding(input({ spec: onlyCapacity, eventRate: 60, target: target('Reachable'), now: start })).status
  expect(up).toMatchObject({ state: 'Empty', summary: '~0%', eventsPerMinute: 60 })
  for (const eventRate of [undefined, 6000]) {
    const down = bufferFinding(input({ spec: onlyCapacity, eventRate, status: stored(up ?? measured) })).status
    expect(down).toMatchObject({ summary: '~35%', eventsPerMinute: 60, rateBasis: 'Reported' })
  }
  const away = bufferFinding(input({ spec: onlyCapacity, status: stored(up ?? measured), delivery: silent })).status
  expect(away).toMatchObject({ summary: '~35%', eventsPerMinute: 60, rateBasis: 'Reported' })
})

test('a rate that wobbles changes nothing, and one that moved by more than a fifth is told', () => {
  let status = bufferFinding(input({ spec: onlyCapacity, eventRate: 100, target: target('Reachable') })).status
  const told = status
  const next = (eventRate: number | undefined): BufferStatus | undefined =>
    (status = bufferFinding(
      input({ spec: onlyCapacity, eventRate, target: target('Reachable'), status: stored(status ?? measured) }),
    ).status)
  for (const eventRate of [119, 81, undefined, 101, 120]) expect(next(eventRate)).toEqual(told)
  expect(next(125)).toMatchObject({ eventsPerMinute: 125, holdSeconds: 4800 })
})

test('a rate alone is told and makes no estimate', () => {
  const given = { spec: spec(), target: target('Reachable') }
  const { reason, message, status } = bufferFinding(input({ ...given, eventRate: 60 }))
  expect(reason).toBe('NoEstimate')
  expect(message).toContain('set `spec.buffer.capacityEvents`; the usual rate is known')
  expect(status).toEqual({ state: 'Unknown', summary: '?', eventsPerMinute: 60, rateBasis: 'Reported' })
  // Neither a restart nor a cluster that does not answer takes it back.
  for (const delivery of [notReported, silent]) {
    const later = bufferFinding(input({ ...given, delivery, status: stored(status ?? measured, reason) }))
    expect(later.status).toEqual(status)
  }
})

test('a rate that was taken out of the spec is not gone on with', () => {
  const { status } = bufferFinding(input({ target: target('Reachable') }))
  const {
    reason,
    message,
    status: after,
  } = bufferFinding(input({ spec: onlyCapacity, target: target('Reachable'), status: stored(status ?? measured) }))
  expect(reason).toBe('NoEstimate')
  expect(message).toContain('set `spec.buffer.eventsPerMinute`: the S3 cluster has not told')
  expect(after).toEqual({ state: 'Unknown', summary: '?' })
})

test('an estimate stays as it was told until the first test after a restart', () => {
  const { reason, status = measured } = bufferFinding(input())
  const restarted = bufferFinding(input({ status: stored(status, reason), target: target('Unknown') }))
  expect(restarted).toMatchObject({ reason, message: 'As told.', status })
})

test('a cluster that reports is measured, whatever the spec says', () => {
  const { status } = bufferFinding(
    input({ delivery: offline, snapshot: seen(1000), spec: spec({ capacityEvents: 5 }) }),
  )
  expect(status).toMatchObject({ basis: 'Measured', capacityEvents: 10_000, percentFull: 10 })
})

test('a queue that grows while sends succeed is no outage', () => {
  const growing = { reason: 'QueueGrowing', message: 'Grows.' } as const
  const given = { delivery: growing, target: target('Reachable'), snapshot: seen(3000) }
  const { status } = bufferFinding(input({ ...given, status: stored({ ...measured, percentFull: 20 }) }))
  expect(status).toMatchObject({ basis: 'Measured', percentFull: 30 })
  expect(status?.state).not.toBe('AtRisk')
  expect(status).not.toHaveProperty('outageStartTime')
})

test('a cluster that stopped answering in an outage is estimated from what it reported', () => {
  const { status } = bufferFinding(
    input({ delivery: silent, snapshot: seen(1000), status: stored({ ...measured, outageStartTime: start }) }),
  )
  expect(status).toMatchObject({ basis: 'Estimated', capacityBasis: 'Reported', percentFull: 35 })
})

test.each<{ name: string; over: Partial<BufferFindingInput> }>([
  { name: 'an answer that is late is no silence', over: { now: after(1) } },
  { name: 'without an outage nothing fills', over: { target: target('Reachable') } },
  {
    name: 'the size of a directory is not known',
    over: { spec: spec({}, { minio: { queueDir: '/queue' } }) },
  },
])('a silent cluster keeps its last figures: $name', ({ over }) => {
  const { status } = bufferFinding(
    input({ delivery: silent, snapshot: seen(1000), status: stored(measured), spec: spec(), ...over }),
  )
  expect(status).toMatchObject({ basis: 'Measured', percentFull: 10 })
})

test('an estimate of a silent cluster goes on to drain when the target is back', () => {
  const filling = bufferFinding(
    input({ delivery: silent, status: stored({ ...measured, outageStartTime: start }) }),
  ).status
  const { status } = bufferFinding(
    input({ delivery: silent, target: target('Reachable'), status: stored(filling ?? measured), now: after(61) }),
  )
  expect(status).toMatchObject({ state: 'Draining', basis: 'Estimated' })
})

test('when the cluster answers again, it is measured again', () => {
  const filling = bufferFinding(
    input({ delivery: silent, status: stored({ ...measured, outageStartTime: start }) }),
  ).status
  const { status } = bufferFinding(
    input({ delivery: offline, snapshot: seen(2000), status: stored(filling ?? measured) }),
  )
  expect(status).toMatchObject({ basis: 'Measured', percentFull: 20, outageStartTime: start })
  expect(status).not.toHaveProperty('backlog')
})

test.each([
  { name: 'while the target takes events', given: spec(), state: 'Reachable', want: true },
  { name: 'while it is slow', given: spec(), state: 'Degraded', want: true },
  { name: 'not in an outage', given: spec(), state: 'Unreachable', want: false },
  { name: 'not while nothing tells of an outage', given: spec(), state: 'Unknown', want: false },
  { name: 'not where the spec tells it', given: spec({ eventsPerMinute: 1 }), state: 'Reachable', want: false },
] as const)('the rate is asked for $name', ({ given, state, want }) => {
  const status = { observedGeneration: 1, target: { state, reason: 'Accepted', lastTransitionTime: start } }
  expect(wantsRate(given, status)).toBe(want)
})
