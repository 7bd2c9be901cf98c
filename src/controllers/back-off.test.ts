import { expect, test } from 'vitest'

import { backOff } from './back-off.ts'

test('the delay doubles from 5 s and stops at 5 min', () => {
  expect([1, 2, 3, 7, 8, 100].map((failures) => backOff(failures, () => 0))).toEqual([
    5_000, 10_000, 20_000, 300_000, 300_000, 300_000,
  ])
})

test('chance takes off at most a quarter', () => {
  expect(backOff(1, () => 0.999)).toBeGreaterThan(3_750)
  expect(backOff(1, () => 0.999)).toBeLessThan(3_760)
})
