import { expect, test } from 'vitest'

import type { DeliverySample } from './delivery-judgement.ts'
import { growthSince } from './growth.ts'

/** One sample every ten seconds, from time 0. */
function samples(queues: readonly number[], node = 'n1'): readonly DeliverySample[] {
  return queues.map((queuedEvents, index) => ({
    time: index * 10_000,
    nodes: [{ node, online: false, queuedEvents, capacityEvents: 1000, failedAttempts: 1, handledMessages: 0 }],
  }))
}

test.each<{ name: string; queues: readonly number[]; since?: number; want: number | undefined }>([
  { name: 'two samples are no trend', queues: [0, 100], want: undefined },
  { name: 'a straight line', queues: [0, 20, 40, 60], want: 2 },
  { name: 'figures that came twice hardly matter', queues: [0, 0, 40, 40, 80, 80], want: 64 / 35 },
  { name: 'what was before the outage does not count', queues: [0, 0, 0, 0, 20, 40], since: 30_000, want: 2 },
  { name: 'a queue that shrinks', queues: [60, 40, 20], want: -2 },
  { name: 'a queue that stands still', queues: [7, 7, 7], want: 0 },
])('$name', ({ queues, since = 0, want }) => {
  const growth = growthSince(samples(queues), 'n1', since)
  if (want === undefined) expect(growth).toBeUndefined()
  else expect(growth).toBeCloseTo(want, 9)
})

test('a node that no sample names has no trend', () => {
  expect(growthSince(samples([1, 2, 3]), 'n2', 0)).toBeUndefined()
})

test('samples of one moment have no trend', () => {
  const same = samples([1, 2, 3]).map((sample) => ({ ...sample, time: 5 }))
  expect(growthSince(same, 'n1', 0)).toBeUndefined()
})
