import { describe, expect, it } from 'vitest'

import type { TargetReason } from '../api/reasons.ts'
import type { TargetType } from '../api/s3-audit-webhook.ts'
import { advanceReachability } from './advance-reachability.ts'
import { nextTestDelay } from './next-test-delay.ts'
import { type Reachability, unknownReachability } from './reachability.ts'
import { dueLevels } from './schedule.ts'
import type { LadderLevel, Verdict, VerdictClass } from './verdict.ts'

const second = 1_000
const minute = 60 * second

/** What is wrong with the target at a time: the level that fails and how. */
type Trouble = { readonly level: LadderLevel; readonly class: VerdictClass; readonly reason: TargetReason } | undefined
type World = (now: number) => Trouble

interface Course {
  readonly final: Reachability
  /** Each change of state, with its time. */
  readonly changes: readonly string[]
  /** When test events were sent. */
  readonly events: readonly number[]
  readonly rounds: number
}

/** Schedule, tests and judgement together, on a clock of their own, until `end`. */
function follow(world: World, end: number, targetType: TargetType = 'SplunkHEC'): Course {
  let reachability = unknownReachability(0)
  const lastRun: Partial<Record<LadderLevel, number>> = {}
  const changes: string[] = []
  const events: number[] = []
  let rounds = 0
  for (let now = 0; now < end; rounds++) {
    const due = dueLevels({
      now,
      targetType,
      reachability,
      lastRun,
      period: 30 * second,
      testEventPeriod: 60 * minute,
      requested: false,
      changed: now === 0,
    })
    const verdicts = climb(due, world(now))
    for (const { level } of verdicts) lastRun[level] = now
    if (verdicts.some(({ level }) => level === 3)) events.push(now)
    const next = advanceReachability(reachability, verdicts, now, {
      failureThreshold: 3,
      successThreshold: 2,
      proofLevel: 2,
      slowMilliseconds: 2_500,
    })
    if (next.state !== reachability.state) changes.push(`${now / second} s ${next.state} ${next.reason}`)
    reachability = next
    now += nextTestDelay(reachability, now, {
      periodMilliseconds: 30 * second,
      phase: 0,
      tookMilliseconds: 0,
      random: () => 0.5,
    })
  }
  return { final: reachability, changes, events, rounds }
}

function climb(levels: readonly LadderLevel[], trouble: Trouble): readonly Verdict[] {
  const verdicts: Verdict[] = []
  for (const level of levels) {
    const base = { level, message: '', durationMilliseconds: 5 }
    if (trouble?.level === level) return [...verdicts, { ...base, class: trouble.class, reason: trouble.reason }]
    verdicts.push({ ...base, class: 'ok', reason: level === 3 ? 'Accepted' : 'Healthy' })
  }
  return verdicts
}

const down: Trouble = { level: 0, class: 'transient', reason: 'ConnectionRefused' }
const during =
  (from: number, to: number, trouble: Trouble): World =>
  (now) =>
    now >= from && now < to ? trouble : undefined

describe('the course of an outage', () => {
  it('nothing happens: one event an hour, no change', () => {
    const { changes, events, rounds } = follow(() => undefined, 180 * minute)
    expect(changes).toEqual(['0 s Reachable Accepted'])
    expect(events).toEqual([0, 60 * minute, 120 * minute])
    expect(rounds).toBe(360)
  })

  it('a blip of one round is not seen', () => {
    const { changes, final } = follow(during(60 * second, 61 * second, down), 10 * minute)
    expect(changes).toHaveLength(1)
    expect(final.outageStartTime).toBeUndefined()
  })

  it('a target that goes away is unreachable 7 s after the first failure, and back 5 s after it returned', () => {
    const { changes, events } = follow(during(60 * second, 10 * minute, down), 20 * minute)
    expect(changes).toEqual(['0 s Reachable Accepted', '67 s Unreachable ConnectionRefused', '605 s Reachable Healthy'])
    // One event proves the recovery.
    expect(events).toEqual([0, 630 * second])
  })

  it('a token that is revoked is noticed within a minute and confirmed 2 s later', () => {
    const revoked: Trouble = { level: 2, class: 'misconfigured', reason: 'TokenInvalid' }
    const { changes } = follow(during(61 * second, 10 * minute, revoked), 20 * minute)
    expect(changes[1]).toBe('122 s Rejecting TokenInvalid')
    expect(changes[2]).toMatch(/s Reachable/)
  })

  it('events that are refused are noticed although everything below is well, and tried once a minute', () => {
    const index: Trouble = { level: 3, class: 'misconfigured', reason: 'IndexNotAllowed' }
    const { changes, events } = follow(during(0, 10 * minute, index), 20 * minute)
    expect(changes).toEqual(['2 s Rejecting IndexNotAllowed', '635 s Reachable Accepted'])
    expect(events.filter((time) => time < 10 * minute).length).toBeLessThanOrEqual(12)
  })

  it('events that fail while the target throttles are not pressed upon it', () => {
    const throttled: Trouble = { level: 3, class: 'transient', reason: 'Throttled' }
    const { changes, events } = follow(during(0, 10 * minute, throttled), 20 * minute)
    expect(changes.at(0)).toContain('Unreachable Throttled')
    expect(changes.at(-1)).toMatch(/Reachable Accepted$/)
    expect(events.filter((time) => time < 10 * minute).length).toBeLessThanOrEqual(12)
  })

  it.each([
    { name: 'goes away', trouble: down },
    { name: 'fails events only', trouble: { level: 3, class: 'transient', reason: 'ServerError' } as const },
    { name: 'is busy with events', trouble: { level: 3, class: 'transient', reason: 'ServerBusy' } as const },
    { name: 'refuses events', trouble: { level: 3, class: 'misconfigured', reason: 'AuthenticationRefused' } as const },
  ])('a plain HTTP target that $name is out, and back only after an event', ({ trouble }) => {
    const { changes, events } = follow(during(0, 20 * minute, trouble), 40 * minute, 'HTTP')
    expect(changes).toHaveLength(2)
    expect(changes[0]).toMatch(/Unreachable|Rejecting/)
    expect(changes[1]).toMatch(/Reachable Accepted$/)
    expect(events.some((time) => time >= 20 * minute && time < 22 * minute)).toBe(true)
  })
})
