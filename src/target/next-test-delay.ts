import { isOutage, type Reachability } from './reachability.ts'

export interface NextTestDelayOptions {
  readonly periodMilliseconds: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** After the first and the second round of a failure: is it one, or a blip? */
const retestMilliseconds: readonly number[] = [2_000, 5_000]
/** After the first passed round in an outage. */
const confirmMilliseconds = 5_000
const jitter = 0.2

/**
 * Milliseconds from `now` to the next round: soon while something has just changed, else the period. Spread by a fifth to either
 * side, lest the tests of many resources fall together; never before the time the target asked for.
 */
export function nextTestDelay(reachability: Reachability, now: number, options: NextTestDelayOptions): number {
  const spread = base(reachability, options.periodMilliseconds) * (1 - jitter + 2 * jitter * options.random())
  const patience = (reachability.notBefore ?? now) - now
  return Math.round(Math.max(spread, patience))
}

function base({ state, evidence }: Reachability, period: number): number {
  const { roundsSinceFailure, successesInRow } = evidence
  const isConfirming = isOutage(state) && successesInRow === 1
  const soon = isConfirming ? confirmMilliseconds : retestMilliseconds[roundsSinceFailure - 1]
  return soon === undefined ? period : Math.min(soon, period)
}
