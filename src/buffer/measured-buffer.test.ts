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
  {
    name: 'a backlog that is gone before the outage is known to be over has drained',
    given: input([0, 200, 0], { outage: true, previous: { ...draining, state: 'AtRisk' } }),
    state: 'Draining',
    summary: '0%',
  },
  {
    name: 'and then the queue is empty',
    given: input([0, 200, 0, 0], { outage: true, previous: draining }),
    state: 'Empty',
    summary: '0%',
  },
  {
    name: 'what an outage left drains, though the figures are still those of the outage',
    given: input([0, 100, 200], {
      previous: { ...draining, state: 'AtRisk', outageStartTime: '2026-01-01T00:00:00Z' },
    }),
    state: 'Draining',
    summary: '20%',
  },
  {
    name: 'and while the same figures come once more',
    given: input([0, 100, 200, 200], { previous: { ...draining, percentFull: 20 } }),
    state: 'Draining',
    summary: '20%',
  },
  {
    name: 'a backlog that grows again, outage or not, fills',
    given: input([200, 150, 200, 250], { previous: { ...draining, percentFull: 20 } }),
    state: 'Filling',
    summary: '25%',
  },
  {
    name: 'where nothing was seen to wait, nothing has drained',
    given: input([0, 7, 0], { outage: true }),
    state: 'Empty',
    summary: '0%',
  },
  {
    name: 'a queue that a restart emptied has not drained',
    given: input([0], { outage: true, previous: { ...draining, state: 'AtRisk' } }),
    state: 'Empty',
    summary: '0%',
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

test('while sends fail, an empty queue means that senders have the events in hand', () => {
  const samples = [node(200), node(0, { failedAttempts: 6 })].map((one, minute) => ({
    time: start + minute * 60_000,
    nodes: [one],
  }))
  const judged = (state: BufferStatus['state']): string | undefined =>
    judgeMeasuredBuffer({ ...input([]), samples, outage: true, previous: { ...draining, state } })?.reason
  expect(judged('AtRisk')).toBe('AtRisk')
  expect(judged('Full')).toBe('AtRisk')
  expect(judged('Filling')).toBe('Filling')
  expect(judged('Draining')).toBe('Draining')
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

test('a buffer at risk stays so until there is clearly more time left', () => {
  const given = input([0, 85], { outage: true })
  expect(judgeMeasuredBuffer(given)?.reason).toBe('Filling')
  expect(judgeMeasuredBuffer({ ...given, previous: { ...draining, state: 'AtRisk' } })?.reason).toBe('AtRisk')
})

test.each([
  { name: 'a short queue stays empty until it is clearly longer', queues: [5, 15], before: 'Empty', state: 'Empty' },
  { name: 'a short queue after a backlog is not empty yet', queues: [30, 15], before: 'Draining', state: 'Draining' },
  { name: 'a backlog may grow a little while it drains', queues: [300, 305], before: 'Draining', state: 'Draining' },
  { name: 'a backlog that clearly grows is filling again', queues: [300, 350], before: 'Draining', state: 'Filling' },
  { name: 'a buffer that was full stays at risk', queues: [1000, 991], before: 'Full', state: 'AtRisk', outage: true },
  { name: 'a buffer that gets room again is not', queues: [1000, 900], before: 'Full', state: 'Filling', outage: true },
] as const)('$name', ({ queues, before, state, ...over }) => {
  const given = input(queues, { previous: { ...draining, state: before }, ...over })
  expect(judgeMeasuredBuffer(given)?.reason).toBe(state)
})

test('a prediction of years is none', () => {
  const samples = [0, 1].map((minute) => ({
    time: start + minute * 60_000,
    nodes: [node(100 + minute, { capacityEvents: 1e15 })],
  }))
  const judged = judgeMeasuredBuffer({ ...input([]), samples, outage: true })
  expect(judged?.reason).toBe('Filling')
  expect(judged?.status.fullTime).toBeUndefined()
})

test('a node that grows by an event in years does not hide a node that is half full', () => {
  const samples = [0, 1].map((minute) => ({
    time: start + minute * 60_000,
    nodes: [node(1 + minute, { capacityEvents: 1e9 }), node(500, { node: 'n2' })],
  }))
  expect(judgeMeasuredBuffer({ ...input([]), samples, outage: true })?.status.summary).toBe('50%')
})

test('events that wait where nobody counts them make an outage unknown, never empty', () => {
  const samples = [{ time: start, nodes: [node(0)], uncountedStore: true }]
  const outageStartTime = '2026-01-01T00:00:00Z'
  const judged = judgeMeasuredBuffer({ ...input([]), samples, outage: true, outageStartTime })
  expect(judged?.status).toEqual({ state: 'Unknown', summary: '?', outageStartTime })
  const full = [{ time: start, nodes: [node(1000)], uncountedStore: true }]
  expect(judgeMeasuredBuffer({ ...input([]), samples: full, outage: true })?.reason).toBe('Full')
})

test('lost events are told from the first one until the backlog is gone', () => {
  const loss = (queues: readonly number[], lostEvents: number, previous: BufferStatus | undefined) =>
    judgeMeasuredBuffer(input(queues, { outage: true, lostEvents, previous }))?.status.eventsLost
  const lost: BufferStatus = { ...draining, eventsLost: 400 }
  expect(loss([1000, 1000], 0, undefined)).toBeUndefined()
  expect(loss([1000, 1000], 10, undefined)).toBe(10)
  // Coarse, and never less than what was told before a restart of ours.
  expect(loss([1000, 1000], 500, lost)).toBe(400)
  expect(loss([1000, 1000], 700, lost)).toBe(700)
  expect(loss([900, 800], 0, lost)).toBe(400)
  expect(loss([10, 0], 700, lost)).toBeUndefined()
})

test('a rate that jumps between small figures stays as it was told', () => {
  const rate = (perMinute: number, eventsPerMinute: number, capacityEvents = 1000) => {
    const samples = [0, 1].map((minute) => ({
      time: start + minute * 60_000,
      nodes: [node(0, { handledMessages: minute * 2 * perMinute, capacityEvents })],
    }))
    const previous: BufferStatus = { ...draining, eventsPerMinute }
    return judgeMeasuredBuffer({ ...input([]), samples, previous })?.status.eventsPerMinute
  }
  expect(rate(30, 0)).toBe(0)
  expect(rate(0, 30)).toBe(30)
  expect(rate(40, 8)).toBe(40)
  expect(rate(130, 0, 100_000)).toBe(0)
  expect(rate(140, 100)).toBe(100)
  expect(rate(151, 100)).toBe(151)
})

test('the rate and the time to hold are those of the busiest node', () => {
  const samples = [0, 1].map((minute) => ({
    time: start + minute * 60_000,
    nodes: [node(0, { handledMessages: minute * 20 }), node(0, { node: 'n2', handledMessages: minute * 200 })],
  }))
  expect(judgeMeasuredBuffer({ ...input([]), samples })?.status).toMatchObject({
    eventsPerMinute: 100,
    holdSeconds: 600,
  })
})

test('events that we made the cluster send are not the usual rate', () => {
  const handled = [0, 20, 520, 540]
  const samples = handled.map((handledMessages, minute) => ({
    time: start + minute * 60_000,
    nodes: [node(0, { handledMessages })],
    ...(minute === 2 ? { disturbed: true } : {}),
  }))
  const rateOf = (some: BufferInput['samples']) =>
    judgeMeasuredBuffer({ ...input([]), samples: some })?.status.eventsPerMinute
  expect(rateOf(samples)).toBe(10)
  expect(rateOf(samples.slice(1, 3))).toBeUndefined()
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
