import type { TargetState } from '../api/s3-audit-webhook-status.ts'
import type { Evidence, Reachability } from './reachability.ts'

const hourMilliseconds = 3_600_000
/** More changes within an hour are too many to be followed. */
const changesAnHour = 4
/** So long must a target that comes and goes be well before that is believed. */
const calmMilliseconds = 600_000

/** A sentence that follows what is wrong. */
export const flappingNote: string =
  ' This comes and goes, so the target counts as well only after 10 minutes without a failure.'

/** The latest changes with this one, as many as decide. */
export function addChange(changes: readonly number[], now: number): readonly number[] {
  return [...changes, now].slice(-(changesAnHour + 1))
}

/** Whether the state changed more than 4 times within the last hour. */
export function isFlapping(changes: readonly number[], now: number): boolean {
  return changes.filter((time) => now - time < hourMilliseconds).length > changesAnHour
}

/**
 * Whether a change to a better state has to wait. A target that comes and goes is best told by its worse state: who is called each
 * time that it goes, and called back each time that it comes, stops listening.
 * @param judged the state without damping
 */
export function isHeldBack(
  { state, changes }: Pick<Reachability, 'state' | 'changes'>,
  judged: TargetState,
  { passingSince, cleanSince }: Pick<Evidence, 'passingSince' | 'cleanSince'>,
  now: number,
): boolean {
  if (badness[judged] >= badness[state] || !isFlapping(changes, now)) return false
  const since = state === 'Degraded' ? cleanSince : passingSince
  return since === undefined || now - since < calmMilliseconds
}

const badness: Readonly<Record<TargetState, number>> = {
  Unknown: 0,
  Reachable: 0,
  Degraded: 1,
  Unreachable: 2,
  Rejecting: 2,
}
