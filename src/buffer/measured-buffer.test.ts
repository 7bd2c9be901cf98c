import { expect, test } from 'vitest'

import type { BufferStatus } from '../api/s3-audit-webhook-status.ts'
import type { NodeDelivery } from '../providers/provider.ts'
import { judgeMeasuredBuffer, type BufferInput } from './measured-buffer.ts'
import { unknownBuffer } from './unknown-buffer.ts'

const start = Date.UTC(2026, 0, 1)

function node(queuedEvents: number, over: Partial<NodeDelivery> = {}): NodeDelivery {
  return {
    node: 'n1',
    online: true,
    queuedEvents,
    capacityEvents: 1000,
    failedAttempts: 0,
    handledMessages: 0,
    ...over,
  }
}

/** One sample a minute. */
function input(queues: readonly number[], over: Partial<BufferInput> = {}): BufferInput {
  return {
    samples: queues.map((queued, minute) => ({ time: start + minute * 60_000, nodes: [node(queued)] })),
    previous: undefined,
    outage: false,
    outageStartTime: undefined,
    atRiskSeconds: 600,
    ...over,
  }
}

const draining: BufferStatus = { state: 'Draining', basis: 'Measured', summary: '40%', percentFull: 40 }

test.each<{ name: string; given: BufferInput; state: string; summary: string }>([
  { name: 'nothing waits', given: input([0, 0]), state: 'Empty', summary: '0%' },
  { name: 'what a healthy sender has in hand is no backlog', given: input([0, 7]), state: 'Empty', summary: '0%' },
  { name: 'a burst on a healthy target is no risk', given: input([0, 300]), state: 'Filling', summary: '30%' },
  {
    name: 'over 60 % and rising is a risk whatever the target says',
    given: input([500, 700]),
    state: 'AtRisk',
    summary: '70%',
  },
  { name: 'an outage with time left', given: input([0, 20], { outage: true }), state: 'Filling', summary: '5%' },
  {
    name: 'an outage with less time left than a human needs',
    given: input([0, 200], { outage: true }),
    state: 'AtRisk',
    summary: '20%',
  },
  { name: 'full', given: input([900, 1000], { outage: true }), state: 'Full', summary: '100%' },
  { name: 'nearly full is not 100 %', given: input([900, 999], { outage: true }), state: 'AtRisk', summary: '95%' },
  { name: 'after the outage the backlog shrinks', given: input([800, 400]), state: 'Draining', summary: '40%' },
  {
    name: 'a pause in the traffic of an outage ends no risk',
    given: input([200, 200], { outage: true, previous: { ...draining, state: 'AtRisk' } }),
    state: 'AtRisk',
    summary: '20%',
  },
])('$name', ({ given, state, summary }) => {
  const judged = judgeMeasuredBuffer(given)
  expect(judged?.reason).toBe(state)
  expect(judged?.status).toMatchObject({
    state,
    summary,
    basis: 'Measured',
    capacityEvents: 1000,
    capacityBasis: 'Reported',
  })
})

test('the node that fills first counts, not the average', () => {
  const samples = [0, 1].map((minute) => ({
    time: start + minute * 60_000,
    nodes: [node(minute * 10), node(minute * 500, { node: 'n2' })],
  }))
  expect(judgeMeasuredBuffer({ ...input([]), samples, outage: true })?.status).toMatchObject({
    state: 'AtRisk',
    summary: '50%',
  })
})

test('the time to full is told while an outage fills the buffer, to the minute', () => {
  const judged = judgeMeasuredBuffer(input([0, 100], { outage: true }))
  expect(judged?.status.fullTime).toBe('2026-01-01T00:10:00Z')
  expect(judgeMeasuredBuffer(input([0, 300]))?.status.fullTime).toBeUndefined()
})

test('a prediction that hardly moves stays as it was told', () => {
  const previous: BufferStatus = { ...draining, state: 'AtRisk', fullTime: '2026-01-01T00:10:00Z' }
  expect(judgeMeasuredBuffer(input([0, 98], { outage: true, previous }))?.status.fullTime).toBe('2026-01-01T00:10:00Z')
  expect(judgeMeasuredBuffer(input([0, 50], { outage: true, previous }))?.status.fullTime).toBe('2026-01-01T00:20:00Z')
})

test('the percentage has hysteresis', () => {
  expect(judgeMeasuredBuffer(input([430, 430], { previous: draining }))?.status.percentFull).toBe(40)
  expect(judgeMeasuredBuffer(input([445, 445], { previous: draining }))?.status.percentFull).toBe(45)
})

test('the usual rate and how long the buffer holds are told while all is well', () => {
  const samples = [0, 1].map((minute) => ({
    time: start + minute * 60_000,
    nodes: [node(0, { handledMessages: minute * 120 })],
  }))
  expect(judgeMeasuredBuffer({ ...input([]), samples })?.status).toMatchObject({
    eventsPerMinute: 60,
    holdSeconds: 1000,
  })
})

test('a report without nodes says nothing', () => {
  expect(judgeMeasuredBuffer({ ...input([]), samples: [{ time: start, nodes: [] }] })).toBeUndefined()
})

test('an unknown buffer is never 0 %, keeps the start of the outage, and says that loss may have begun', () => {
  const judged = unknownBuffer('2026-01-01T00:00:00Z')
  expect(judged.status).toEqual({ state: 'Unknown', summary: '?', outageStartTime: '2026-01-01T00:00:00Z' })
  expect(judged.message).toContain('may already be lost')
})
