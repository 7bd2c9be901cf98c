import { describe, expect, test } from 'vitest'

import { createRandom } from '../../test/model/random.ts'
import { addDuration, isSlow, type LatencyWindow, noLatencies } from './latency-window.ts'

const limit = 2500

function windowOf(durations: readonly number[]): LatencyWindow {
  return durations.reduce((window, duration) => addDuration(window, duration, limit), noLatencies)
}

/** By its definition: nearest rank among the latest 20. */
function percentile95(durations: readonly number[]): number {
  const sorted = durations.slice(-20).toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0
}

describe('the 95th percentile is over the limit', () => {
  const random = createRandom(1)
  for (const slowShare of [0.02, 0.05, 0.1, 0.5]) {
    test(`as its definition has it, with ${slowShare * 100} % of tests slow`, () => {
      const durations: number[] = []
      let window = noLatencies
      let slow = 0
      for (let round = 1; round <= 500; round++) {
        const duration = random.next() < slowShare ? limit * (0.7 + random.next()) : 100
        durations.push(duration)
        window = addDuration(window, duration, limit)
        const expected = round >= 10 && percentile95(durations) > limit
        expect(isSlow(window, false)).toBe(expected)
        expect(isSlow(window, true)).toBe(round >= 10 && percentile95(durations) > limit * 0.8)
        slow += Number(expected)
      }
      expect(slow).toBeGreaterThan(0)
    })
  }
})

test('nine tests say nothing', () => {
  expect(isSlow(windowOf(Array.from({ length: 9 }, () => 9000)), false)).toBe(false)
  expect(isSlow(windowOf(Array.from({ length: 10 }, () => 9000)), false)).toBe(true)
})

test('another limit counts for the tests from then on', () => {
  const before = windowOf(Array.from({ length: 20 }, () => 3000))
  expect(isSlow(addDuration(before, 3000, 5000), false)).toBe(true)
  const after = Array.from({ length: 20 }).reduce<LatencyWindow>((window) => addDuration(window, 3000, 5000), before)
  expect(isSlow(after, false)).toBe(false)
})
