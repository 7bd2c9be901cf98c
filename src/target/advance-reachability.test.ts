import { describe, expect, it } from 'vitest'

import type { TargetReason } from '../api/reasons.ts'
import type { TargetState } from '../api/s3-audit-webhook-status.ts'
import { advanceReachability, type ReachabilityThresholds } from './advance-reachability.ts'
import { isThrottled, type Reachability, unknownReachability } from './reachability.ts'
import { restoreReachability } from './restore-reachability.ts'
import type { LadderLevel, Verdict, VerdictClass } from './verdict.ts'

const thresholds: ReachabilityThresholds = {
  failureThreshold: 3,
  successThreshold: 2,
  proofLevel: 2,
  slowMilliseconds: 2_500,
}
const start = Date.UTC(2026, 0, 1)
const minute = 60_000

function verdict(
  level: LadderLevel,
  verdictClass: VerdictClass,
  reason: TargetReason,
  more: Partial<Verdict> = {},
): Verdict {
  return { level, class: verdictClass, reason, message: `${reason} at ${level}`, durationMilliseconds: 10, ...more }
}

const healthy = [verdict(0, 'ok', 'Healthy'), verdict(1, 'ok', 'Healthy')]
const tokenGood = [...healthy, verdict(2, 'ok', 'Healthy')]
const accepted = [...tokenGood, verdict(3, 'ok', 'Accepted')]
const refused = [verdict(0, 'transient', 'ConnectionRefused')]
const reset = [verdict(0, 'transient', 'ConnectionReset')]
const busy = [verdict(0, 'ok', 'Healthy'), verdict(1, 'transient', 'QueuesFull', { retryAfterMilliseconds: 7_000 })]
const badToken = [...healthy, verdict(2, 'misconfigured', 'TokenInvalid')]
const disabledToken = [...healthy, verdict(2, 'misconfigured', 'TokenDisabled')]
const badIndex = [...tokenGood, verdict(3, 'misconfigured', 'IndexNotAllowed')]
const badEvent = [...tokenGood, verdict(3, 'transient', 'ServerError')]
const badPayload = [...tokenGood, verdict(3, 'rejected', 'PayloadRejected')]
const expiring = [
  verdict(0, 'warning', 'CertificateExpiring', { certificateNotAfter: 42 }),
  verdict(1, 'ok', 'Healthy'),
]
const nearlyFull = [...tokenGood, verdict(3, 'warning', 'CapacityWarning')]

/** One round a minute. */
function run(rounds: readonly (readonly Verdict[])[], from: Reachability = unknownReachability(start)): Reachability {
  return rounds.reduce<{ state: Reachability; now: number }>(
    ({ state, now }, round) => ({ state: advanceReachability(state, round, now, thresholds), now: now + minute }),
    { state: from, now: start + minute },
  ).state
}

describe('the state after a series of rounds', () => {
  const cases: readonly { name: string; given: (readonly Verdict[])[]; state: TargetState; reason: TargetReason }[] = [
    { name: 'nothing tested', given: [], state: 'Unknown', reason: 'NotTested' },
    { name: 'an empty round', given: [[]], state: 'Unknown', reason: 'NotTested' },
    { name: 'one full success', given: [accepted], state: 'Reachable', reason: 'Accepted' },
    { name: 'a first failure', given: [refused], state: 'Unknown', reason: 'NotTested' },
    { name: 'one blip', given: [accepted, refused], state: 'Reachable', reason: 'Accepted' },
    { name: 'two failures', given: [accepted, refused, refused], state: 'Reachable', reason: 'Accepted' },
    { name: 'a blip made good', given: [accepted, refused, healthy], state: 'Reachable', reason: 'Accepted' },
    {
      name: 'three in a row',
      given: [accepted, refused, reset, refused],
      state: 'Unreachable',
      reason: 'ConnectionRefused',
    },
    {
      name: 'four of six',
      given: [accepted, accepted, refused, refused, healthy, refused, refused],
      state: 'Unreachable',
      reason: 'ConnectionRefused',
    },
    {
      name: 'three of six',
      given: [accepted, accepted, refused, healthy, refused, healthy, refused],
      state: 'Reachable',
      reason: 'Accepted',
    },
    { name: 'one refusal', given: [accepted, badToken], state: 'Reachable', reason: 'Accepted' },
    { name: 'two refusals', given: [accepted, badToken, badToken], state: 'Rejecting', reason: 'TokenInvalid' },
    {
      name: 'a refused event twice',
      given: [accepted, badPayload, badPayload],
      state: 'Rejecting',
      reason: 'PayloadRejected',
    },
    {
      name: 'a refusal that lower levels cannot make good',
      given: [accepted, badIndex, badIndex, tokenGood, tokenGood, tokenGood],
      state: 'Rejecting',
      reason: 'IndexNotAllowed',
    },
    {
      name: 'events that fail while the token is good',
      given: [accepted, badEvent, tokenGood, badEvent, tokenGood, badEvent],
      state: 'Unreachable',
      reason: 'ServerError',
    },
    {
      name: 'events that fail, for which the token is no proof',
      given: [badEvent, badEvent, badEvent, tokenGood, tokenGood],
      state: 'Unreachable',
      reason: 'ServerError',
    },
    {
      name: 'a refusal made good at its level',
      given: [accepted, badIndex, badIndex, accepted, accepted],
      state: 'Reachable',
      reason: 'Accepted',
    },
    {
      name: 'health between two refusals of the token',
      given: [accepted, badToken, healthy, badToken],
      state: 'Rejecting',
      reason: 'TokenInvalid',
    },
    {
      name: 'one success in an outage',
      given: [refused, refused, refused, accepted],
      state: 'Unreachable',
      reason: 'ConnectionRefused',
    },
    {
      name: 'two successes without proof',
      given: [refused, refused, refused, healthy, healthy, healthy],
      state: 'Unreachable',
      reason: 'ConnectionRefused',
    },
    {
      name: 'two successes, one of them with the token',
      given: [refused, refused, refused, tokenGood, healthy],
      state: 'Reachable',
      reason: 'Healthy',
    },
    {
      name: 'a failure between successes',
      given: [refused, refused, refused, accepted, refused, accepted],
      state: 'Unreachable',
      reason: 'ConnectionRefused',
    },
    {
      name: 'an outage that turns into refusal',
      given: [refused, refused, refused, badToken, badToken],
      state: 'Rejecting',
      reason: 'TokenInvalid',
    },
    {
      name: 'a refusing target that goes away',
      given: [badToken, badToken, refused, refused, refused],
      state: 'Unreachable',
      reason: 'ConnectionRefused',
    },
    {
      name: 'a reset amid refusals',
      given: [badToken, badToken, refused, refused],
      state: 'Rejecting',
      reason: 'TokenInvalid',
    },
    {
      name: 'a refusal of another kind, once',
      given: [badToken, badToken, disabledToken],
      state: 'Rejecting',
      reason: 'TokenInvalid',
    },
    {
      name: 'a refusal of another kind, twice',
      given: [badToken, badToken, disabledToken, disabledToken],
      state: 'Rejecting',
      reason: 'TokenDisabled',
    },
    {
      name: 'alternating kinds of failure',
      given: [refused, refused, refused, reset, refused, reset],
      state: 'Unreachable',
      reason: 'ConnectionRefused',
    },
    { name: 'a higher failure', given: [refused, refused, refused, busy], state: 'Unreachable', reason: 'QueuesFull' },
    { name: 'a warning', given: [accepted, nearlyFull], state: 'Degraded', reason: 'CapacityWarning' },
    {
      name: 'a warning that lower levels do not see',
      given: [accepted, nearlyFull, healthy, tokenGood],
      state: 'Degraded',
      reason: 'CapacityWarning',
    },
    { name: 'a warning gone', given: [accepted, nearlyFull, accepted], state: 'Reachable', reason: 'Accepted' },
    {
      name: 'a certificate near its end',
      given: [accepted, expiring],
      state: 'Degraded',
      reason: 'CertificateExpiring',
    },
    { name: 'a renewed certificate', given: [accepted, expiring, healthy], state: 'Reachable', reason: 'Accepted' },
    {
      name: 'a warning during recovery counts as success',
      given: [refused, refused, refused, nearlyFull, nearlyFull],
      state: 'Degraded',
      reason: 'CapacityWarning',
    },
    {
      name: 'health after a test event',
      given: [accepted, healthy, tokenGood],
      state: 'Reachable',
      reason: 'Accepted',
    },
  ]
  it.each(cases)('$name: $state, $reason', ({ given, state, reason }) => {
    const got = run(given)
    expect({ state: got.state, reason: got.reason }).toEqual({ state, reason })
  })

  it('the message goes with the reason', () => {
    expect(run([accepted, healthy]).message).toBe('Accepted at 3')
    expect(run([accepted, badToken, badToken]).message).toBe('TokenInvalid at 2')
  })
})

describe('times', () => {
  it('an outage begins at its first failure and remembers the last success before it', () => {
    const got = run([accepted, healthy, refused, refused, refused, refused])
    expect(got.lastSuccessTime).toBe(start + 2 * minute)
    expect(got.outageStartTime).toBe(start + 3 * minute)
    expect(got.lastTransitionTime).toBe(start + 5 * minute)
  })

  it('a success that does not end the outage moves neither', () => {
    const got = run([accepted, refused, refused, refused, healthy, healthy])
    expect(got.lastSuccessTime).toBe(start + minute)
    expect(got.outageStartTime).toBe(start + 2 * minute)
  })

  it('the end of an outage is remembered, its beginning forgotten', () => {
    const got = run([accepted, refused, refused, refused, accepted, accepted])
    expect(got.outageStartTime).toBeUndefined()
    expect(got.lastRecoveryTime).toBe(start + 6 * minute)
    expect(got.lastSuccessTime).toBe(start + 6 * minute)
  })

  it('a blip is no outage', () => {
    expect(run([accepted, refused]).outageStartTime).toBe(start + 2 * minute)
    expect(run([accepted, refused, healthy]).outageStartTime).toBeUndefined()
    expect(run([accepted, refused, healthy]).lastRecoveryTime).toBeUndefined()
  })

  it('the patience asked for lasts until the next round, the certificate until another is seen', () => {
    const got = run([expiring, busy])
    expect(got.notBefore).toBe(start + 2 * minute + 7_000)
    expect(got.certificateNotAfter).toBe(42)
    expect(isThrottled(got)).toBe(true)
    expect(run([healthy], got).notBefore).toBeUndefined()
    expect(isThrottled(run([healthy], got))).toBe(false)
  })
})

describe('where neither token nor event can be tested', () => {
  it('health is proof enough, also of what failed higher up before', () => {
    const before = run([accepted, badIndex, badIndex])
    const lenient = { ...thresholds, proofLevel: 1 } as const
    const once = advanceReachability(before, healthy, start + 10 * minute, lenient)
    expect(once.state).toBe('Rejecting')
    expect(advanceReachability(once, healthy, start + 11 * minute, lenient).state).toBe('Reachable')
  })
})

describe('slow answers', () => {
  const slow = [verdict(0, 'ok', 'Healthy'), verdict(1, 'ok', 'Healthy', { durationMilliseconds: 3_000 })]
  const times = (round: readonly Verdict[], count: number): (readonly Verdict[])[] =>
    Array.from({ length: count }, () => round)

  it('one is nothing', () => {
    expect(run([accepted, ...times(healthy, 20), slow]).state).toBe('Reachable')
  })

  it('many degrade, and it takes many fast ones to come back', () => {
    const degraded = run([accepted, ...times(slow, 12)])
    expect(degraded).toMatchObject({ state: 'Degraded', reason: 'SlowResponses' })
    expect(run([healthy], degraded).state).toBe('Degraded')
    expect(run(times(healthy, 20), degraded)).toMatchObject({ state: 'Reachable', reason: 'Accepted' })
  })

  it('how long connecting takes does not count', () => {
    const far = [verdict(0, 'ok', 'Healthy', { durationMilliseconds: 9_000 }), verdict(1, 'ok', 'Healthy')]
    expect(run([accepted, ...times(far, 20)]).state).toBe('Reachable')
  })
})

describe('after a restart', () => {
  const at = (milliseconds: number): string => new Date(milliseconds).toISOString()
  const restored = (state: TargetState, reason: string, lastSuccessTime?: string): Reachability =>
    restoreReachability(
      {
        state,
        reason,
        lastTransitionTime: at(start - minute),
        ...(lastSuccessTime === undefined ? {} : { lastSuccessTime }),
      },
      'as before',
      start,
    )

  it('an outage goes on from where it began', () => {
    const got = run([refused], restored('Unreachable', 'ConnectionRefused', at(start - 5 * minute)))
    expect(got).toMatchObject({
      state: 'Unreachable',
      reason: 'ConnectionRefused',
      lastTransitionTime: start - minute,
      lastSuccessTime: start - 5 * minute,
      outageStartTime: start - 5 * minute,
    })
  })

  it('and ends like any other', () => {
    const got = run([accepted, accepted], restored('Unreachable', 'ConnectionRefused'))
    expect(got).toMatchObject({ state: 'Reachable', reason: 'Accepted', outageStartTime: undefined })
  })

  it('a refused event is made good by an event only', () => {
    const before = restored('Rejecting', 'IndexNotAllowed')
    expect(run([tokenGood, tokenGood], before).state).toBe('Rejecting')
    expect(run([accepted, accepted], before).state).toBe('Reachable')
  })

  it('a good state keeps its reason through lesser tests', () => {
    expect(run([healthy], restored('Reachable', 'Accepted'))).toMatchObject({ state: 'Reachable', reason: 'Accepted' })
  })

  it('a warning stands until its level passes', () => {
    const before = restored('Degraded', 'CapacityWarning')
    expect(run([healthy], before)).toMatchObject({ state: 'Degraded', reason: 'CapacityWarning', message: 'as before' })
    expect(run([accepted], before).state).toBe('Reachable')
  })

  it.each([
    {
      name: 'a reason of another version',
      status: { state: 'Rejecting', reason: 'Nonsense', lastTransitionTime: at(start) },
    },
    { name: 'a time that is none', status: { state: 'Rejecting', reason: 'TokenInvalid', lastTransitionTime: 'soon' } },
  ] as const)('$name counts as nothing known', ({ status }) => {
    expect(restoreReachability(status, 'x', start)).toEqual(unknownReachability(start))
  })
})
