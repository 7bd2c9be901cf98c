import { expect, test } from 'vitest'

import type { DeliverySample } from './delivery-judgement.ts'
import { maximumSamples, withSample } from './sample-history.ts'

function sample(time: number, queuedEvents: number): DeliverySample {
  const node = { node: 'n1', online: true, capacityEvents: 1000, failedAttempts: 0, handledMessages: 0 }
  return { time, nodes: [{ ...node, queuedEvents }] }
}

/** The times that are kept of one sample each. */
function kept(queues: readonly number[]): readonly number[] {
  let samples: readonly DeliverySample[] = []
  for (const [time, queued] of queues.entries()) samples = withSample(samples, sample(time, queued))
  return samples.map(({ time }) => time)
}

test('while nothing waits the last five are kept', () => {
  expect(kept(Array.from({ length: 9 }, () => 0))).toEqual([4, 5, 6, 7, 8])
})

test('while events wait the first one stays, the last five stand together, and there are never too many', () => {
  for (const length of [20, 24, 25, 100, 10_000]) {
    const times = kept(Array.from({ length }, (_, time) => time))
    expect(times[0]).toBe(0)
    expect(times.slice(-5)).toEqual([5, 4, 3, 2, 1].map((back) => length - back))
    expect(times.length).toBeLessThanOrEqual(maximumSamples)
    expect(times.length).toBeGreaterThanOrEqual(14)
  }
})

test('when nothing waits any longer the past is forgotten', () => {
  expect(kept([...Array.from({ length: 20 }, () => 7), 0])).toEqual([16, 17, 18, 19, 20])
})
