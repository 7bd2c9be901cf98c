import { expect, test } from 'vitest'

import type { DeliverySample } from './delivery-judgement.ts'
import { growthSince } from './growth.ts'

/** One sample every ten seconds, from time 0; the sender goes on to try, but for figures that are given once more. */
function samples(queues: readonly number[], again: readonly number[] = []): readonly DeliverySample[] {
  let failedAttempts = 0
  return queues.map((queuedEvents, index) => {
    if (!again.includes(index)) failedAttempts++
    const node = { node: 'n1', online: false, capacityEvents: 1000, handledMessages: 0 }
    return { time: index * 10_000, nodes: [{ ...node, queuedEvents, failedAttempts }] }
  })
}

test.each<{
  name: string
  queues: readonly number[]
  again?: readonly number[]
  since?: number
  want: number | undefined
}>([
  { name: 'two samples are no trend', queues: [0, 100], want: undefined },
  { name: 'a straight line', queues: [0, 20, 40, 60], want: 2 },
  { name: 'pauses between bursts', queues: [0, 0, 40, 40, 80, 80], want: 64 / 35 },
  { name: 'figures that were given twice count once', queues: [0, 0, 40, 40, 80, 80], again: [1, 3, 5], want: 2 },
  { name: 'what was before the outage does not count', queues: [0, 0, 0, 0, 20, 40], since: 30_000, want: 2 },
  { name: 'a queue that shrinks', queues: [60, 40, 20], want: -2 },
  { name: 'a queue that stands still', queues: [7, 7, 7], want: 0 },
])('$name', ({ queues, again, since = 0, want }) => {
  const growth = growthSince(samples(queues, again), 'n1', since)
  if (want === undefined) expect(growth).toBeUndefined()
  else expect(growth?.perSecond).toBeCloseTo(want, 9)
})

test('the newest figures are as old as when they were first given', () => {
  expect(growthSince(samples([0, 20, 40, 60, 60]), 'n1', 0)?.seenAt).toBe(40_000)
  expect(growthSince(samples([0, 20, 40, 60, 60], [4]), 'n1', 0)?.seenAt).toBe(30_000)
})

test('a node that no sample names has no trend', () => {
  expect(growthSince(samples([1, 2, 3]), 'n2', 0)).toBeUndefined()
})

test('samples of one moment have no trend', () => {
  const same = samples([1, 2, 3]).map((sample) => ({ ...sample, time: 5 }))
  expect(growthSince(same, 'n1', 0)).toBeUndefined()
})
