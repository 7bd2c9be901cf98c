import { describe, expect, it } from 'vitest'

import { nextTestDelay } from './next-test-delay.ts'
import { noEvidence, type Reachability, unknownReachability } from './reachability.ts'

const now = Date.UTC(2026, 0, 1)
const up: Reachability = { ...unknownReachability(now), state: 'Reachable', reason: 'Accepted' }

function failing(roundsSinceFailure: number): Reachability {
  return { ...up, evidence: { ...noEvidence, roundsSinceFailure, failuresInRow: roundsSinceFailure } }
}

describe('the delay to the next test', () => {
  const cases: readonly { name: string; given: Reachability; random: number; want: number }[] = [
    { name: 'the period', given: up, random: 0.5, want: 30_000 },
    { name: 'a fifth less at the earliest', given: up, random: 0, want: 24_000 },
    { name: 'a fifth more at the latest', given: up, random: 1, want: 36_000 },
    { name: '2 s after a first failure', given: failing(1), random: 0.5, want: 2_000 },
    { name: '5 s after a second one', given: failing(2), random: 0.5, want: 5_000 },
    { name: 'the period after a third', given: failing(3), random: 0.5, want: 30_000 },
    { name: 'the jitter of a retest', given: failing(1), random: 0, want: 1_600 },
    {
      name: '5 s to confirm a recovery',
      given: { ...up, state: 'Unreachable', evidence: { ...noEvidence, successesInRow: 1 } },
      random: 0.5,
      want: 5_000,
    },
    {
      name: 'the period when the recovery lacks its proof',
      given: { ...up, state: 'Unreachable', evidence: { ...noEvidence, successesInRow: 2 } },
      random: 0.5,
      want: 30_000,
    },
    { name: 'the patience asked for', given: { ...failing(1), notBefore: now + 45_000 }, random: 0.5, want: 45_000 },
    {
      name: 'no less than the period for less patience',
      given: { ...up, notBefore: now + 5 },
      random: 0.5,
      want: 30_000,
    },
  ]
  it.each(cases)('$name', ({ given, random, want }) => {
    expect(nextTestDelay(given, now, { periodMilliseconds: 30_000, random: () => random })).toBe(want)
  })

  it('is never longer for a retest than the period', () => {
    expect(nextTestDelay(failing(2), now, { periodMilliseconds: 1_000, random: () => 0.5 })).toBe(1_000)
  })
})
