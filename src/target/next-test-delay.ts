import { isOutage, type Reachability } from './reachability.ts'

export interface NextTestDelayOptions {
  readonly periodMilliseconds: number
  /** Where in its period the target has its turn, in [0, 1). */
  readonly phase: number
  /** How long the round took that has just ended. */
  readonly tookMilliseconds: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** From the start of the first and of the second round of a failure: is it one, or a blip? */
const retestMilliseconds: readonly number[] = [2_000, 5_000]
/** After the first passed round in an outage; and soon after the setting changed, for somebody waits to see it work. */
const [confirmMilliseconds, confirmNewMilliseconds] = [5_000, 2_000]
const newMilliseconds = 60_000
/** To either side, as a share of the delay. */
const retestJitter = 0.2
/** To either side of the turn, as a share of the period: two turns are a fifth more or less than a period apart. */
const turnJitter = 0.1

/**
 * Milliseconds from `now` to the next round: soon while something has just changed, else the target's next turn; never before the
 * time that it asked for. Counted from the start of the last round, so that neither a slow answer nor a time-out puts off the next.
 *
 * Turns are at fixed times of the wall clock, so they do not drift, spread evenly as phases do, and are the same after a restart
 * and for every process that leads. The jitter keeps them from falling together with what others do at fixed times.
 */
export function nextTestDelay(reachability: Reachability, now: number, options: NextTestDelayOptions): number {
  const { periodMilliseconds, tookMilliseconds } = options
  const started = now - tookMilliseconds
  const soon = hurry(reachability, now)
  const next =
    soon === undefined || soon >= periodMilliseconds
      ? nextTurn(started, options)
      : started + soon * (1 - retestJitter + 2 * retestJitter * options.random())
  return Math.max(0, Math.round(Math.max(next, reachability.notBefore ?? now) - now))
}

/** Undefined when there is none. */
function hurry({ state, evidence, settingTime }: Reachability, now: number): number | undefined {
  const { roundsSinceFailure, successesInRow } = evidence
  if (!isOutage(state) || successesInRow !== 1) return retestMilliseconds[roundsSinceFailure - 1]
  const isNew = settingTime !== undefined && now - settingTime < newMilliseconds
  return isNew ? confirmNewMilliseconds : confirmMilliseconds
}

/** The turn after the one that `started` belongs to, or after the last one if it belongs to none. */
function nextTurn(started: number, { periodMilliseconds: period, phase, random }: NextTestDelayOptions): number {
  const latest = started + period * (1 + turnJitter)
  const turn = (Math.floor(latest / period - phase) + phase) * period
  return turn + period * turnJitter * (2 * random() - 1)
}
