import { describe, expect, it } from 'vitest'

import { noEvidence, type Reachability, unknownReachability } from './reachability.ts'
import { dueLevels, type ScheduleInput } from './schedule.ts'
import type { LadderLevel } from './verdict.ts'

const now = Date.UTC(2026, 0, 1)
const up: Reachability = { ...unknownReachability(now), state: 'Reachable', reason: 'Accepted' }
const blip: Reachability = { ...up, evidence: { ...noEvidence, failuresInRow: 1, roundsSinceFailure: 1 } }
const down: Reachability = {
  ...up,
  state: 'Unreachable',
  evidence: { ...noEvidence, failuresInRow: 4, roundsSinceFailure: 4 },
}
const recovered: Reachability = { ...up, lastRecoveryTime: now - 1_000 }
const observation = { reason: 'Throttled', message: '', level: 3 } as const
const throttled: Reachability = {
  ...down,
  evidence: { ...down.evidence, lastFailure: observation, failure: observation },
}
const eventRefusedOnce: Reachability = { ...blip, evidence: { ...blip.evidence, unresolvedLevel: 3 } }
const eventRefused: Reachability = { ...down, state: 'Rejecting', evidence: { ...down.evidence, unresolvedLevel: 3 } }
const comingBack: Reachability = { ...down, evidence: { ...noEvidence, successesInRow: 1 } }

const steady: ScheduleInput = {
  now,
  targetType: 'SplunkHEC',
  reachability: up,
  lastRun: { 0: now - 30_000, 1: now - 30_000, 2: now - 30_000, 3: now - 600_000 },
  period: 30_000,
  testEventPeriod: 3_600_000,
  requested: false,
  changed: false,
}

describe('the levels that are due', () => {
  const cases: readonly { name: string; given: Partial<ScheduleInput>; want: readonly LadderLevel[] }[] = [
    { name: 'in between', given: {}, want: [0, 1] },
    { name: 'a minute after the last token test', given: { lastRun: { 2: now - 60_000, 3: now } }, want: [0, 1, 2] },
    {
      name: 'nearly a minute after the last token test, since the next round comes too late',
      given: { lastRun: { 2: now - 48_000, 3: now } },
      want: [0, 1, 2],
    },
    { name: 'a round after the last token test', given: { lastRun: { 2: now - 36_000, 3: now } }, want: [0, 1] },
    {
      name: 'not yet with a longer period',
      given: { period: 120_000, lastRun: { 2: now - 60_000, 3: now } },
      want: [0, 1],
    },
    { name: 'never tested', given: { lastRun: {} }, want: [0, 1, 2, 3] },
    { name: 'never tested, no periodic events', given: { lastRun: {}, testEventPeriod: 0 }, want: [0, 1, 2] },
    { name: 'an hour after the last event', given: { lastRun: { 2: now, 3: now - 3_600_000 } }, want: [0, 1, 3] },
    { name: 'no periodic events', given: { testEventPeriod: 0, lastRun: { 2: now, 3: 0 } }, want: [0, 1] },
    { name: 'changed', given: { changed: true, testEventPeriod: 0 }, want: [0, 1, 2, 3] },
    { name: 'requested', given: { requested: true }, want: [0, 1, 2, 3] },
    { name: 'after a failure', given: { reachability: blip }, want: [0, 1, 2] },
    { name: 'in an outage', given: { reachability: down }, want: [0, 1, 2] },
    { name: 'after an outage', given: { reachability: recovered, testEventPeriod: 0 }, want: [0, 1, 3] },
    {
      name: 'an event since the outage',
      given: { reachability: recovered, lastRun: { 2: now, 3: now } },
      want: [0, 1],
    },
    { name: 'requested while throttled', given: { reachability: throttled, requested: true }, want: [0, 1, 2] },
    { name: 'changed while throttled', given: { reachability: throttled, changed: true }, want: [0, 1, 2] },
    {
      name: 'an event refused once',
      given: { reachability: eventRefusedOnce, lastRun: { 3: now - 2_000 } },
      want: [0, 1, 2, 3],
    },
    {
      name: 'an event refused lately',
      given: { reachability: eventRefused, lastRun: { 3: now - 30_000 } },
      want: [0, 1, 2],
    },
    {
      name: 'an event refused a minute ago',
      given: { reachability: eventRefused, lastRun: { 3: now - 60_000 } },
      want: [0, 1, 2, 3],
    },
    {
      name: 'an event failed, not settled after some rounds',
      given: {
        reachability: { ...blip, evidence: { ...blip.evidence, unresolvedLevel: 3, roundsSinceFailure: 3 } },
        lastRun: { 3: now - 30_000 },
      },
      want: [0, 1, 2],
    },
    { name: 'HTTP in between', given: { targetType: 'HTTP', lastRun: { 3: now } }, want: [0, 1] },
    { name: 'HTTP requested', given: { targetType: 'HTTP', requested: true }, want: [0, 1, 3] },
    { name: 'HTTP down', given: { targetType: 'HTTP', reachability: down }, want: [0, 1, 3] },
    {
      name: 'HTTP down, event sent lately',
      given: { targetType: 'HTTP', reachability: down, lastRun: { 3: now - 5_000 } },
      want: [0, 1],
    },
    {
      name: 'HTTP coming back',
      given: { targetType: 'HTTP', reachability: comingBack, lastRun: { 3: now - 5_000 } },
      want: [0, 1, 3],
    },
  ]
  it.each(cases)('$name: $want', ({ given, want }) => {
    expect(dueLevels({ ...steady, ...given })).toEqual(want)
  })
})
