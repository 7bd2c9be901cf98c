import { describe, expect, it } from 'vitest'

import type { TargetReason } from '../api/reasons.ts'
import { advanceReachability } from './advance-reachability.ts'
import { nextTestDelay } from './next-test-delay.ts'
import { isOutage, type Reachability, unknownReachability, withNewSetting } from './reachability.ts'
import { dueLevels } from './schedule.ts'
import type { LadderLevel, Verdict, VerdictClass } from './verdict.ts'

const second = 1_000
const hour = 3_600 * second
const seeds = Array.from({ length: 200 }, (_, index) => index + 1)

/** What is wrong with the target: the level that fails, how, and how long it takes to. */
interface Trouble {
  readonly level: LadderLevel
  readonly class: VerdictClass
  readonly reason: TargetReason
  readonly took?: number
}

interface Lab {
  readonly now: () => number
  readonly reachability: () => Reachability
  readonly random: () => number
  /** When the token was last tested. */
  readonly tokenTested: () => number
  /** Rounds until `end`, or until `until` holds; the changes of state with their times. */
  run(options: {
    readonly end: number
    readonly trouble: (round: number) => Trouble | undefined
    readonly until?: (reachability: Reachability) => boolean
  }): readonly { readonly time: number; readonly state: string }[]
  /** The Secret was corrected: the next round comes at once. */
  newSetting(): void
}

/** Schedule, tests and judgement as the monitor puts them together, at the default settings, with a random phase and jitter. */
function lab(seed: number): Lab {
  let state = seed * 7_919
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const phase = random()
  const lastRun: Partial<Record<LadderLevel, number>> = {}
  let reachability = unknownReachability(0)
  let [now, rounds, changed] = [0, 0, true]

  function round(trouble: Trouble | undefined): void {
    const began = now
    const due = dueLevels({
      now,
      targetType: 'SplunkHEC',
      reachability,
      lastRun,
      period: 30 * second,
      testEventPeriod: hour,
      requested: false,
      changed,
    })
    changed = false
    const verdicts: Verdict[] = []
    for (const level of due) {
      const failed = trouble?.level === level ? trouble : undefined
      const durationMilliseconds = failed?.took ?? 5
      now += durationMilliseconds
      lastRun[level] = now
      const { class: verdictClass, reason } = failed ?? { class: 'ok' as const, reason: 'Healthy' as const }
      verdicts.push({ level, class: verdictClass, reason, message: '', durationMilliseconds })
      if (failed !== undefined) break
    }
    reachability = advanceReachability(reachability, verdicts, now, {
      failureThreshold: 3,
      successThreshold: 2,
      proofLevel: 2,
      slowMilliseconds: 2_500,
    })
    const options = { periodMilliseconds: 30 * second, phase, tookMilliseconds: now - began, random }
    now += nextTestDelay(reachability, now, options)
  }

  return {
    now: () => now,
    reachability: () => reachability,
    random,
    tokenTested: () => lastRun[2] ?? 0,
    run({ end, trouble, until = () => false }) {
      const changes: { time: number; state: string }[] = []
      while (now < end && !until(reachability)) {
        const before = reachability.state
        round(trouble(rounds++))
        if (reachability.state !== before)
          changes.push({ time: reachability.lastTransitionTime, state: reachability.state })
      }
      return changes
    },
    newSetting() {
      reachability = withNewSetting(reachability, now)
      changed = true
    },
  }
}

const none = (): undefined => undefined

/** A target that has been well for some minutes, between two tests of it. */
function wellFor(seed: number): Lab {
  const bench = lab(seed)
  bench.run({ end: (120 + 60 * bench.random()) * second, trouble: none })
  return bench
}

describe('at the default settings', () => {
  it.each([
    { name: 'refuses connections', took: 1 },
    { name: 'lets connections time out', took: 5 * second },
  ])('a target that $name is Unreachable within 12 s of the first failed test', ({ took }) => {
    const times = seeds.map((seed) => {
      const bench = wellFor(seed)
      bench.run({
        end: hour,
        trouble: () => ({ level: 0, class: 'transient', reason: 'ConnectTimeout', took }),
        until: ({ state }) => isOutage(state),
      })
      const { state, lastTransitionTime, outageStartTime = 0 } = bench.reachability()
      expect(state).toBe('Unreachable')
      return lastTransitionTime - outageStartTime
    })
    expect(Math.max(...times)).toBeLessThan(12 * second)
  })

  it('a token that is refused is Rejecting within 80 s of its refusal, and never called an outage', () => {
    const times = seeds.map((seed) => {
      const bench = wellFor(seed)
      // Withdrawn just after it was tested, which is the worst time.
      const since = bench.tokenTested()
      const changes = bench.run({
        end: hour,
        trouble: () => ({ level: 2, class: 'misconfigured', reason: 'TokenInvalid' }),
        until: ({ state }) => isOutage(state),
      })
      expect(changes.map(({ state }) => state)).toEqual(['Rejecting'])
      return bench.reachability().lastTransitionTime - since
    })
    expect(Math.max(...times)).toBeLessThan(80 * second)
  })

  it('it is Reachable within 5 s of a corrected Secret', () => {
    const times = seeds.map((seed) => {
      const bench = wellFor(seed)
      bench.run({ end: hour, trouble: () => ({ level: 2, class: 'misconfigured', reason: 'TokenInvalid' }) })
      const fixedAt = bench.now()
      bench.newSetting()
      bench.run({ end: 2 * hour, trouble: none, until: ({ state }) => !isOutage(state) })
      return bench.reachability().lastTransitionTime - fixedAt
    })
    expect(Math.max(...times)).toBeLessThan(5 * second)
  })

  it('single lost tests, one in twenty, change nothing in 24 hours', () => {
    for (const seed of seeds.slice(0, 25)) {
      const bench = lab(seed)
      let lostBefore = true
      const changes = bench.run({
        end: 24 * hour,
        trouble: () => {
          const lost = !lostBefore && bench.random() < 0.05 / 0.95
          lostBefore = lost
          const level: LadderLevel = bench.random() < 0.5 ? 0 : 1
          return lost ? { level, class: 'transient', reason: 'ConnectionReset' } : undefined
        },
      })
      expect(changes.map(({ state }) => state)).toEqual(['Reachable'])
    }
  })

  it('tests lost by chance alone, one in twenty, in runs too, trip it less than once a day', () => {
    const days = 100
    const outages = seeds.slice(0, days).map((seed) => {
      const bench = lab(seed)
      const changes = bench.run({
        end: 24 * hour,
        trouble: () =>
          bench.random() < 0.05 ? { level: 0, class: 'transient', reason: 'ConnectionReset' } : undefined,
      })
      return changes.filter(({ state }) => state === 'Unreachable').length
    })
    const mean = outages.reduce((sum, count) => sum + count, 0) / days
    expect(mean).toBeGreaterThan(0)
    expect(mean).toBeLessThan(1)
  })
})
