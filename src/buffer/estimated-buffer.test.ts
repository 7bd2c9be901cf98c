import { expect, test } from 'vitest'

import type { BufferStatus } from '../api/s3-audit-webhook-status.ts'
import { judgeEstimatedBuffer, type EstimateInput } from './estimated-buffer.ts'

const start = Date.UTC(2026, 0, 1)
const startTime = '2026-01-01T00:00:00Z'
const minute = 60_000

/** An event a second: the buffer holds for 10,000 seconds. */
function input(minutes: number, over: Partial<EstimateInput> = {}): EstimateInput {
  return {
    now: start + minutes * minute,
    capacity: { events: 10_000, basis: 'Specified' },
    eventsPerMinute: 60,
    rateBasis: 'Specified',
    previous: undefined,
    outageStartTime: startTime,
    lastSuccessTime: startTime,
    atRiskSeconds: 600,
    ...over,
  }
}

/** What is told after these minutes, each pass knowing nothing but what the one before told. */
function told(minutes: readonly number[], over: Partial<EstimateInput> = {}, from?: BufferStatus): BufferStatus {
  let status = from
  for (const at of minutes) status = judgeEstimatedBuffer(input(at, { previous: status, ...over })).status
  if (status === undefined) throw new Error('Nothing was told')
  return status
}

const recovered = { outageStartTime: undefined, lastSuccessTime: undefined }

test('while the target takes events the buffer is empty, and how long it would hold is told', () => {
  const { reason, message, status, lookAgainMilliseconds } = judgeEstimatedBuffer(input(0, recovered))
  expect(reason).toBe('Empty')
  expect(message).toContain('no events wait')
  expect(lookAgainMilliseconds).toBeUndefined()
  expect(status).toEqual({
    state: 'Empty',
    basis: 'Estimated',
    summary: '~0%',
    percentFull: 0,
    capacityEvents: 10_000,
    capacityBasis: 'Specified',
    eventsPerMinute: 60,
    rateBasis: 'Specified',
    holdSeconds: 10_000,
  })
})

test.each<{ name: string; minutes: number; want: Partial<BufferStatus> }>([
  {
    name: 'its first minute',
    minutes: 1,
    want: { state: 'Filling', summary: '~5%', percentLower: 0, percentUpper: 15 },
  },
  {
    name: 'a third of the time it holds',
    minutes: 56,
    want: { state: 'Filling', summary: '~35%', percentLower: 10, percentUpper: 80, fullTime: '2026-01-01T02:46:00Z' },
  },
  {
    name: 'less time left than a human needs',
    minutes: 160,
    want: { state: 'AtRisk', summary: '~95%', percentLower: 35, percentUpper: 100, fullTime: '2026-01-01T02:46:00Z' },
  },
  {
    name: 'the time it holds',
    minutes: 170,
    want: { state: 'Full', summary: '~100%', percentFull: 100, eventsLost: 200 },
  },
])('in an outage: $name', ({ minutes, want }) => {
  expect(told([0, minutes])).toMatchObject(want)
})

test('over 60 % is a risk however much time is left', () => {
  expect(told([0, 105], { atRiskSeconds: 60 }).state).toBe('AtRisk')
  expect(told([0, 95], { atRiskSeconds: 60 }).state).toBe('Filling')
})

test('the prediction and the beginning stay as they were told, however often one looks', () => {
  const once = told([0, 50])
  const often = told(Array.from({ length: 51 }, (_, at) => at))
  expect(often).toEqual(once)
})

test('a restart forgets nothing, for everything is in the status', () => {
  const stored = JSON.parse(JSON.stringify(told([0, 50]))) as BufferStatus
  expect(told([100], {}, stored)).toEqual(told([0, 100]))
})

test('an outage counts from half-way between the last test that passed and the first that failed', () => {
  const { backlog } = told([0], { lastSuccessTime: '2025-12-31T23:00:00Z' })
  expect(backlog).toEqual({ time: startTime, lowerEvents: 0, expectedEvents: 1800, upperEvents: 7200 + 900 })
})

test('after the outage the backlog drains until even the upper bound is gone', () => {
  const outage = told([0, 50])
  const draining = told([50, 60], recovered, outage)
  expect(draining).toMatchObject({ state: 'Draining', percentLower: 0, summary: '~25%' })
  expect(draining.outageStartTime).toBeUndefined()
  expect(draining.fullTime).toBeUndefined()
  const late = told([50, 200], recovered, outage)
  expect(late).toMatchObject({ state: 'Draining', percentFull: 5 })
  const gone = told([50, 300], recovered, outage)
  expect(gone).toMatchObject({ state: 'Empty', summary: '~0%' })
  expect(gone.backlog).toBeUndefined()
})

test('another outage begins with what is left of the one before', () => {
  const draining = told([50], recovered, told([0, 50]))
  const again = told([60], { outageStartTime: '2026-01-01T01:00:00Z', lastSuccessTime: undefined }, draining)
  expect(again.backlog).toMatchObject({ time: '2026-01-01T01:00:00Z', lowerEvents: 0, expectedEvents: 2400 })
  expect(again.outageStartTime).toBe('2026-01-01T01:00:00Z')
})

test('what is lost grows in coarse steps, and is told until the backlog is gone', () => {
  const full = told([0, 170])
  expect(told([175], {}, full).eventsLost).toBe(500)
  expect(told([176], {}, told([175], {}, full)).eventsLost).toBe(500)
  const draining = told([180], recovered, full)
  expect(draining).toMatchObject({ state: 'Draining', eventsLost: 200 })
  expect(told([2000], recovered, draining).eventsLost).toBeUndefined()
})

test('a lower rate brings no lost event back', () => {
  expect(told([171], { eventsPerMinute: 10 }, told([0, 170])).state).toBe('Full')
})

test('one looks again before the figures have moved by a step, within bounds', () => {
  const after = (capacity: number) =>
    judgeEstimatedBuffer(input(0, { capacity: { events: capacity, basis: 'Specified' } })).lookAgainMilliseconds
  expect(after(10)).toBe(15_000)
  expect(after(4800)).toBe(120_000)
  expect(after(1e9)).toBe(300_000)
})

test('clocks that go backwards, and buffers that last for ages, give no nonsense', () => {
  expect(told([0, -60])).toMatchObject({ state: 'Filling', percentLower: 0 })
  const ages = told([0, 60], { capacity: { events: 2_147_483_647, basis: 'Specified' }, eventsPerMinute: 1 })
  expect(ages.fullTime).toBeUndefined()
  expect(ages.state).toBe('Filling')
})
