import type { Random } from './random.ts'
import type { Outage } from './sender.ts'

/** What tests of the target tell: outages as they are known, in seconds. */
export interface KnownOutage {
  /** The last test before it that passed, and the first that failed. */
  readonly lastSuccess: number
  readonly firstFailure: number
  /** When it was told, and when its end was. */
  readonly told: number
  readonly over: number
}

/** After a first failure, and after a first success in an outage. */
const quickTests = [2, 5] as const

/** Tests at a period, an outage after three that failed in a row, its end after two that passed. */
export function probe(outages: readonly Outage[], periodSeconds: number, random: Random): readonly KnownOutage[] {
  const passes = (time: number): boolean => !outages.some(({ start, end }) => time >= start && time < end)
  const known: KnownOutage[] = []
  const last = Math.max(...outages.map(({ end }) => end)) + 10 * periodSeconds
  let lastSuccess = 0
  let failing: { firstFailure: number; count: number; told: number | undefined } | undefined
  let successes = 0
  for (let time = random.between(0, periodSeconds); time < last;) {
    let wait = periodSeconds * random.between(0.9, 1.1)
    if (!passes(time)) {
      failing ??= { firstFailure: time, count: 0, told: undefined }
      successes = 0
      failing.count++
      if (failing.count === 3) failing.told ??= time
      wait = quickTests[failing.count - 1] ?? wait
    } else if (failing?.told === undefined) {
      failing = undefined
      lastSuccess = time
    } else {
      successes++
      wait = quickTests[0]
      if (successes === 2) {
        known.push({ lastSuccess, firstFailure: failing.firstFailure, told: failing.told, over: time })
        failing = undefined
        lastSuccess = time
        successes = 0
      }
    }
    time += wait
  }
  return known
}
