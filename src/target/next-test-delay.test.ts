import { describe, expect, it } from 'vitest'

import { nextTestDelay, type NextTestDelayOptions } from './next-test-delay.ts'
import { noEvidence, type Reachability, unknownReachability } from './reachability.ts'

/** A turn of phase 0 with a period of 30 s. */
const now = Date.UTC(2026, 0, 1)
const up: Reachability = { ...unknownReachability(now), state: 'Reachable', reason: 'Accepted' }
const comingBack: Reachability = { ...up, state: 'Unreachable', evidence: { ...noEvidence, successesInRow: 1 } }

function failing(roundsSinceFailure: number): Reachability {
  return { ...up, evidence: { ...noEvidence, roundsSinceFailure, failuresInRow: roundsSinceFailure } }
}

function options(random: number, more: Partial<NextTestDelayOptions> = {}): NextTestDelayOptions {
  return { periodMilliseconds: 30_000, phase: 0, tookMilliseconds: 0, random: () => random, ...more }
}

describe('the delay to the next test', () => {
  const cases: readonly {
    name: string
    given: Reachability
    /** Of the start of the round, after the turn. */
    late?: number
    took?: number
    random: number
    want: number
  }[] = [
    { name: 'the period', given: up, random: 0.5, want: 30_000 },
    { name: 'a fifth less at the earliest', given: up, late: 3_000, random: 0, want: 24_000 },
    { name: 'a fifth more at the latest', given: up, late: -3_000, random: 1, want: 36_000 },
    { name: 'the next turn, however long the round took', given: up, took: 4_000, random: 0.5, want: 26_000 },
    { name: 'at once where the round took more than a period', given: up, took: 40_000, random: 0.5, want: 0 },
    { name: '2 s after a first failure', given: failing(1), random: 0.5, want: 2_000 },
    { name: '5 s after a second one', given: failing(2), random: 0.5, want: 5_000 },
    { name: 'at once where the first failure was a time-out', given: failing(1), took: 5_000, random: 0.5, want: 0 },
    { name: 'the period after a third', given: failing(3), random: 0.5, want: 30_000 },
    { name: 'the jitter of a retest', given: failing(1), random: 0, want: 1_600 },
    { name: '5 s to confirm a recovery', given: comingBack, random: 0.5, want: 5_000 },
    {
      name: '2 s to confirm a recovery with a new setting',
      given: { ...comingBack, settingTime: now - 10_000 },
      random: 0.5,
      want: 2_000,
    },
    {
      name: '5 s again when the setting is new no more',
      given: { ...comingBack, settingTime: now - 60_000 },
      random: 0.5,
      want: 5_000,
    },
    {
      name: 'the period when the recovery lacks its proof',
      given: { ...comingBack, evidence: { ...noEvidence, successesInRow: 2 } },
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
  it.each(cases)('$name', ({ given, late = 0, took = 0, random, want }) => {
    const got = nextTestDelay(given, now + late + took, options(random, { tookMilliseconds: took }))
    expect(got).toBe(want)
  })

  it('is never longer for a retest than the period', () => {
    expect(nextTestDelay(failing(2), now, options(0.5, { periodMilliseconds: 1_000 }))).toBe(1_000)
  })

  it('leads back to the turn of the phase after a test at another time', () => {
    for (const phase of [0, 0.25, 0.999]) {
      for (let at = now; at < now + 30_000; at += 700) {
        const delay = nextTestDelay(up, at, options(0.5, { phase }))
        expect(delay).toBeGreaterThan(0)
        expect(delay).toBeLessThanOrEqual(33_000)
        expect(((at + delay) / 30_000 - phase + 0.5) % 1).toBeCloseTo(0.5, 4)
      }
    }
  })

  it('does not drift in a week', () => {
    let [at, turns] = [now, 0]
    let seed = 7
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    for (; at < now + 7 * 86_400_000; turns++) {
      at += nextTestDelay(up, at, { ...options(0), random })
      const off = Math.abs(at / 30_000 - Math.round(at / 30_000))
      expect(off).toBeLessThanOrEqual(0.1001)
    }
    expect(Math.abs(turns - 7 * 2_880)).toBeLessThanOrEqual(1)
  })
})
