import { describe, expect, it } from 'vitest'

import { createRandom } from '../../test/model/random.ts'
import type { TargetReason } from '../api/reasons.ts'
import type { TargetState } from '../api/s3-audit-webhook-status.ts'
import { advanceReachability, type ReachabilityThresholds } from './advance-reachability.ts'
import { isOutage, type Reachability, unknownReachability } from './reachability.ts'
import { roundOutcome } from './round.ts'
import type { LadderLevel, Verdict, VerdictClass } from './verdict.ts'

type Random = () => number
type Round = readonly Verdict[]

const sequences = 400
const longest = 120

function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0]
}

const failures: Readonly<
  Record<'transient' | 'misconfigured' | 'rejected', readonly [TargetReason, ...TargetReason[]]>
> = {
  transient: ['ConnectionRefused', 'ConnectionReset', 'ServerBusy', 'Throttled'],
  misconfigured: ['TokenInvalid', 'IndexNotAllowed', 'Redirected'],
  rejected: ['PayloadRejected'],
}

/** A climb up to some level, which ends there well or badly. */
function generateRound(random: Random, trouble: number): Round {
  const top = pick<LadderLevel>(random, [1, 1, 2, 3])
  const levels: readonly LadderLevel[] = ([0, 1, 2, 3] as const).filter((level) => level <= top)
  return levels.map((level): Verdict => {
    const base = { level, message: `at ${level}`, durationMilliseconds: random() * 4_000 }
    if (level < top) return { ...base, class: 'ok', reason: 'Healthy' }
    const chance = random()
    if (chance < trouble) {
      const failure = pick<keyof typeof failures>(random, ['transient', 'transient', 'misconfigured', 'rejected'])
      const patience = random() < 0.2 ? { retryAfterMilliseconds: random() * 300_000 } : {}
      return { ...base, class: failure, reason: pick(random, failures[failure]), ...patience }
    }
    if (chance < trouble + 0.1) return { ...base, class: 'warning', reason: 'CapacityWarning' }
    return { ...base, class: 'ok', reason: level === 3 ? 'Accepted' : 'Healthy' }
  })
}

interface Step {
  readonly before: Reachability
  readonly after: Reachability
  readonly round: Round
  readonly result: 'Passed' | 'Warned' | 'Down' | 'Refused'
  readonly now: number
}

interface Sequence {
  readonly seed: number
  readonly thresholds: ReachabilityThresholds
  readonly steps: readonly Step[]
}

function generate(seed: number): Sequence {
  const generator = createRandom(seed)
  const random = (): number => generator.next()
  const thresholds: ReachabilityThresholds = {
    failureThreshold: 1 + Math.floor(random() * 5),
    successThreshold: 1 + Math.floor(random() * 4),
    proofLevel: pick<LadderLevel>(random, [1, 2, 2]),
    slowMilliseconds: 2_500,
  }
  const steps: Step[] = []
  let before = unknownReachability(0)
  let now = 0
  // Trouble comes in stretches, as in life.
  let trouble = random()
  for (let count = Math.floor(random() * longest); steps.length < count;) {
    if (random() < 0.1) trouble = pick(random, [0, 0.05, 0.5, 1])
    now += 1_000 + Math.floor(random() * 60_000)
    const round = generateRound(random, trouble)
    const after = advanceReachability(before, round, now, thresholds)
    const result = roundOutcome(round)?.result ?? 'Passed'
    steps.push({ before, after, round, result, now })
    before = after
  }
  return { seed, thresholds, steps }
}

const all: readonly Sequence[] = Array.from({ length: sequences }, (_, index) => generate(index + 1))

/** Fails with the seed that shows it. */
function always(claim: (step: Step, index: number, sequence: Sequence) => string | undefined): void {
  const broken = all.flatMap((sequence) =>
    sequence.steps.flatMap((step, index) => {
      const problem = claim(step, index, sequence)
      return problem === undefined ? [] : [`seed ${sequence.seed}, step ${index}: ${problem}`]
    }),
  )
  expect(broken.slice(0, 3)).toEqual([])
}

const isFailed = ({ result }: Step): boolean => result === 'Down' || result === 'Refused'

describe('whatever the verdicts are', () => {
  it('the generator reaches every state and every change between two', () => {
    const changes = new Set(
      all.flatMap(({ steps }) => steps.map(({ before, after }) => `${before.state} ${after.state}`)),
    )
    const states: readonly TargetState[] = ['Reachable', 'Degraded', 'Unreachable', 'Rejecting']
    const missing = states.flatMap((from) =>
      states.map((to) => `${from} ${to}`).filter((change) => !changes.has(change)),
    )
    expect(missing).toEqual([])
  })

  it('two refusals in a row are never called anything but Rejecting', () => {
    always((step, index, { steps }) => {
      const previous = steps[index - 1]
      const refusing = step.result === 'Refused' && previous?.result === 'Refused'
      return refusing && step.after.state !== 'Rejecting' ? step.after.state : undefined
    })
  })

  it('a target that refuses is never called well before the level that refused has passed', () => {
    always((step, index, { steps, thresholds }) => {
      if (step.before.state !== 'Rejecting' || isOutage(step.after.state)) return undefined
      const refused = steps.slice(0, index).findLast((earlier) => earlier.result === 'Refused')
      const level = refused?.round.at(-1)?.level ?? 0
      const wanted = thresholds.proofLevel < 2 ? Math.min(level, thresholds.proofLevel) : level
      const since = steps.slice(steps.indexOf(refused ?? step) + 1, index + 1)
      const proved = since.some((later) => !isFailed(later) && (later.round.at(-1)?.level ?? 0) >= wanted)
      return proved ? undefined : `well although level ${level} has not passed`
    })
  })

  it('only a failure makes it worse than Degraded, only a passed round better', () => {
    always((step) => {
      const { before, after } = step
      if (before.state === after.state) return undefined
      if (isOutage(after.state))
        return isFailed(step) ? undefined : `${before.state} to ${after.state} without a failure`
      return isFailed(step) ? `${before.state} to ${after.state} by a failure` : undefined
    })
  })

  it('Degraded has a warning or slow answers as its cause, and its end the end of them', () => {
    always(({ before, after }) => {
      const { warning, slow } = after.evidence
      const cause = warning !== undefined || slow
      if (after.state === 'Degraded' && before.state !== 'Degraded' && !cause) return 'without a cause'
      return before.state === 'Degraded' && after.state === 'Reachable' && cause ? 'ended with its cause' : undefined
    })
  })

  it('it leaves an outage only after enough passed rounds, one of them proof', () => {
    always(({ before, after }, index, { steps, thresholds }) => {
      if (!isOutage(before.state) || isOutage(after.state)) return undefined
      const row = steps.slice(0, index + 1)
      const passed = row.slice(row.findLastIndex(isFailed) + 1)
      if (passed.length < thresholds.successThreshold) return `after ${passed.length} passed rounds`
      const highest = Math.max(...passed.map(({ round }) => round.at(-1)?.level ?? 0))
      return highest < thresholds.proofLevel ? `with level ${highest}` : undefined
    })
  })

  it('a single failure never trips, unless one is enough', () => {
    always((step, index, { steps, thresholds }) => {
      const recent = steps.slice(Math.max(0, index - 6), index)
      const single = isFailed(step) && recent.length === 6 && !recent.some(isFailed)
      const settled = step.before.evidence.unresolvedLevel === undefined && thresholds.failureThreshold > 1
      return single && settled && isOutage(step.after.state) && !isOutage(step.before.state)
        ? `tripped to ${step.after.state}`
        : undefined
    })
  })

  it('failures without end are an outage after as many as are wanted, whatever they are', () => {
    always(({ after }, index, { steps, thresholds }) => {
      const wanted = Math.max(thresholds.failureThreshold, 2) + 1
      const row = steps.slice(Math.max(0, index + 1 - wanted), index + 1)
      return row.length === wanted && row.every(isFailed) && !isOutage(after.state) ? after.state : undefined
    })
  })

  it('an outage knows when it began, and the end of it is told once', () => {
    always(({ before, after, now }) => {
      if (isOutage(after.state) && after.outageStartTime === undefined) return 'no beginning'
      if ((after.outageStartTime ?? now) > now) return 'begins in the future'
      const ended = isOutage(before.state) && !isOutage(after.state)
      return (after.lastRecoveryTime === now) === ended ? undefined : 'the end is told wrongly'
    })
  })

  it('the reason belongs to the state', () => {
    const bad: readonly string[] = Object.values(failures).flat()
    always(({ after: { state, reason } }) => {
      if (state === 'Unknown') return reason === 'NotTested' ? undefined : reason
      if (isOutage(state)) return bad.includes(reason) ? undefined : `${state} ${reason}`
      if (state === 'Degraded') {
        return ['CapacityWarning', 'SlowResponses'].includes(reason) ? undefined : `Degraded ${reason}`
      }
      return ['Accepted', 'Healthy'].includes(reason) ? undefined : `Reachable ${reason}`
    })
  })

  it('the state never changes more often than damping lets it', () => {
    always(({ now }, index, { steps }) => {
      const hour = steps.slice(0, index + 1).filter((step) => step.now > now - 3_600_000)
      const better = hour.filter(({ before, after }) => isOutage(before.state) && !isOutage(after.state)).length
      // Four changes are free; after that each step out of an outage takes ten minutes.
      return better > 2 + 6 ? `${better} recoveries within an hour` : undefined
    })
  })

  it('nothing depends on anything but state, verdicts, time and thresholds', () => {
    for (const { steps, thresholds } of all.slice(0, 50)) {
      for (const { before, after, round, now } of steps) {
        expect(advanceReachability(before, round, now, thresholds)).toEqual(after)
      }
    }
  })
})

describe('a target that comes and goes', () => {
  const thresholds: ReachabilityThresholds = {
    failureThreshold: 3,
    successThreshold: 2,
    proofLevel: 2,
    slowMilliseconds: 2_500,
  }
  const minute = 60_000
  const verdict = (verdictClass: VerdictClass, reason: TargetReason): Round => [
    { level: 2, class: verdictClass, reason, message: `${reason}.`, durationMilliseconds: 1 },
  ]
  const good = verdict('ok', 'Healthy')
  const bad = verdict('transient', 'ConnectionRefused')
  const warned = verdict('warning', 'CapacityWarning')
  const rounds = (count: number, round: Round): readonly Round[] => Array.from({ length: count }, () => round)

  /** One round a minute; the states that were entered, with the minute. */
  function course(series: readonly Round[]): { readonly changes: readonly string[]; readonly final: Reachability } {
    const changes: string[] = []
    let final = unknownReachability(0)
    series.forEach((round, index) => {
      const next = advanceReachability(final, round, index * minute, thresholds)
      if (next.state !== final.state) changes.push(`${index} ${next.state}`)
      final = next
    })
    return { changes, final }
  }

  it('is told four times; after the fifth the worse state stays until it has been well for ten minutes', () => {
    const cycle = [...rounds(3, bad), ...rounds(3, good)]
    const { changes } = course([good, ...cycle, ...cycle, ...cycle, ...cycle, ...rounds(20, good)])
    expect(changes).toEqual([
      '0 Reachable',
      '3 Unreachable',
      '5 Reachable',
      '9 Unreachable',
      '11 Reachable',
      '15 Unreachable',
      '32 Reachable',
    ])
  })

  it('says so, until it is well', () => {
    const cycle = [...rounds(3, bad), ...rounds(3, good)]
    const held = course([good, ...cycle, ...cycle, ...cycle]).final
    expect(held).toMatchObject({ state: 'Unreachable', reason: 'ConnectionRefused' })
    expect(held.message).toMatch(/^ConnectionRefused\. This comes and goes, so .* 10 minutes/)
    const well = course([good, ...cycle, ...cycle, ...cycle, ...rounds(10, good)]).final
    expect(well).toMatchObject({ state: 'Reachable', message: 'Healthy.' })
  })

  it('with warnings too', () => {
    const cycle = [warned, good]
    const { changes } = course([good, ...cycle, ...cycle, ...cycle, ...rounds(20, good)])
    expect(changes).toEqual([
      '0 Reachable',
      '1 Degraded',
      '2 Reachable',
      '3 Degraded',
      '4 Reachable',
      '5 Degraded',
      '16 Reachable',
    ])
  })

  it('is never kept from getting worse', () => {
    const cycle = [...rounds(3, bad), ...rounds(2, good)]
    const { final } = course([
      good,
      ...cycle,
      ...cycle,
      ...rounds(3, bad),
      ...rounds(2, verdict('misconfigured', 'TokenInvalid')),
    ])
    expect(final).toMatchObject({ state: 'Rejecting', reason: 'TokenInvalid' })
  })
})

describe('a target that asks for patience', () => {
  const thresholds: ReachabilityThresholds = {
    failureThreshold: 3,
    successThreshold: 2,
    proofLevel: 2,
    slowMilliseconds: 2_500,
  }
  const throttled = (seconds: number): Round => [
    {
      level: 1,
      class: 'transient',
      reason: 'Throttled',
      message: '',
      durationMilliseconds: 1,
      retryAfterMilliseconds: seconds * 1_000,
    },
  ]
  const healthy: Round = [{ level: 3, class: 'ok', reason: 'Accepted', message: '', durationMilliseconds: 1 }]

  it.each([
    { name: 'for minutes is out when it fails again after them', seconds: 300, gap: 300_000, want: 'Unreachable' },
    { name: 'for a moment has its three failures', seconds: 1, gap: 2_000, want: 'Reachable' },
  ])('$name', ({ seconds, gap, want }) => {
    let state = advanceReachability(unknownReachability(0), healthy, 0, thresholds)
    state = advanceReachability(state, throttled(seconds), 30_000, thresholds)
    expect(state.state).toBe('Reachable')
    state = advanceReachability(state, throttled(seconds), 30_000 + gap, thresholds)
    expect(state.state).toBe(want)
  })
})
