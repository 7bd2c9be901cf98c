/** Times of drift repairs (milliseconds since the epoch), oldest first. */
export type RepairHistory = readonly number[]

/** One for all of those that were never repaired. */
export const noRepairs: RepairHistory = []

const windowMilliseconds = 3_600_000
const firstDelayMilliseconds = 15_000
/** So many repairs within an hour prove that somebody else keeps writing. */
export const repairLimit = 5

/** The history with a repair at `now` added and everything older than an hour dropped. */
export function recordRepair(history: RepairHistory, now: number): RepairHistory {
  return [...recent(history, now), now]
}

/**
 * When the next repair may happen: at once for the first within an hour, then after 15, 30, 60, 120 s since the last one;
 * `AnotherWriter` once the limit is reached, until the oldest repair is an hour ago. Two masters must not flap an S3 service.
 */
export function nextRepair(history: RepairHistory, now: number): { readonly at: number } | 'AnotherWriter' {
  const repairs = recent(history, now)
  const last = repairs.at(-1)
  if (last === undefined) return { at: now }
  if (repairs.length >= repairLimit) return 'AnotherWriter'
  return { at: last + firstDelayMilliseconds * 2 ** (repairs.length - 1) }
}

function recent(history: RepairHistory, now: number): RepairHistory {
  return history.filter((time) => now - time < windowMilliseconds)
}
