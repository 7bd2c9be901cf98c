import { expect, test } from 'vitest'

import { usualRate } from './usual-rate.ts'

const many = (length: number, count: number): readonly number[] => Array.from({ length }, () => count)

test.each<{ name: string; counts: readonly number[]; servers: number; want: number | undefined }>([
  { name: 'the mean', counts: [...many(30, 100), ...many(30, 300)], servers: 1, want: 200 },
  { name: 'the share of a server', counts: many(60, 300), servers: 3, want: 100 },
  { name: 'no peak of a minute', counts: [...many(59, 100), 1_000_000], servers: 1, want: 100 },
  {
    name: 'no peak of some minutes of a day',
    counts: [...many(1430, 100), ...many(10, 90_000)],
    servers: 1,
    want: 100,
  },
  { name: 'bursts that come every hour', counts: [...many(54, 0), ...many(6, 1000)], servers: 1, want: 100 },
  { name: 'one at least, where there is a call', counts: [...many(58, 0), 1, 1], servers: 4, want: 1 },
  { name: 'none of a cluster without a call', counts: many(60, 0), servers: 1, want: undefined },
  { name: 'none of no minutes', counts: [], servers: 1, want: undefined },
])('is $name', ({ counts, servers, want }) => {
  expect(usualRate(counts, servers)).toBe(want)
})
