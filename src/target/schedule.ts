import type { TargetType } from '../api/s3-audit-webhook.ts'
import { isOutage, isThrottled, type Reachability } from './reachability.ts'
import type { LadderLevel } from './verdict.ts'

/** Times are milliseconds since the epoch, durations milliseconds. */
export interface ScheduleInput {
  readonly now: number
  readonly targetType: TargetType
  readonly reachability: Reachability
  /** When each level last gave a verdict; absent or undefined: never. */
  readonly lastRun: Readonly<Partial<Record<LadderLevel, number | undefined>>>
  readonly period: number
  /** 0: no periodic test events. */
  readonly testEventPeriod: number
  /** A person asked for the whole ladder. */
  readonly requested: boolean
  /** Endpoint, token or trust are not what was tested last. */
  readonly changed: boolean
}

/** The token is not tested more often, and a refused event not sent again sooner, without a cause. */
const shortestInterval = 60_000

/**
 * Which levels the next round climbs. 0 and 1 always. 2 every period or about every minute, whichever is longer, and
 * whenever something failed or changed. 3 on a change, on request, after an outage, every `testEventPeriod`, and where nothing less could prove a
 * recovery; never while the target throttles.
 */
export function dueLevels(input: ScheduleInput): readonly LadderLevel[] {
  return [0, 1, ...(isTokenDue(input) ? [2 as const] : []), ...(isEventDue(input) ? [3 as const] : [])]
}

function isTokenDue(input: ScheduleInput): boolean {
  if (input.targetType !== 'SplunkHEC') return false
  const { state, evidence } = input.reachability
  const failing = isOutage(state) || evidence.roundsSinceFailure > 0
  if (input.requested || input.changed || failing) return true
  const { period } = input
  // A round that comes a little early must not leave it to the next one: a refused token would go unnoticed for that long.
  const early = Math.min((period * 2) / 3, Math.max(period / 4, 20_000))
  return elapsed(input, 2) >= Math.max(period, shortestInterval) - early
}

function isEventDue(input: ScheduleInput): boolean {
  const { reachability, testEventPeriod } = input
  if (isThrottled(reachability)) return false
  if (input.requested || input.changed) return true
  const last = input.lastRun[3] ?? Number.NEGATIVE_INFINITY
  if ((reachability.lastRecoveryTime ?? Number.NEGATIVE_INFINITY) > last) return true
  if (testEventPeriod > 0 && elapsed(input, 3) >= testEventPeriod) return true
  return (
    needsEventAsProof(input) && (isUnsettled(input) || elapsed(input, 3) >= Math.max(input.period, shortestInterval))
  )
}

/** A plain HTTP target has nothing below an event that proves recovery, and what an event failed of only an event makes good. */
function needsEventAsProof({ targetType, reachability }: ScheduleInput): boolean {
  const { state, evidence } = reachability
  const isHttpOutage = targetType === 'HTTP' && isOutage(state)
  return isHttpOutage || evidence.unresolvedLevel === 3
}

/** After a failure, the rounds that follow quickly: see `nextTestDelay`. */
const confirmingRounds = 2

/** The first failure waits for its confirmation, or the first success in an outage for its own. */
function isUnsettled({ reachability }: ScheduleInput): boolean {
  const { state, evidence } = reachability
  return isOutage(state) ? evidence.successesInRow === 1 : evidence.roundsSinceFailure <= confirmingRounds
}

function elapsed({ now, lastRun }: ScheduleInput, level: LadderLevel): number {
  return now - (lastRun[level] ?? Number.NEGATIVE_INFINITY)
}
