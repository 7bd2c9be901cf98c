import type { Verdict } from '../../target/verdict.ts'

/**
 * What the target said of a setting that is to replace the one in force. `Ask`: it was not asked, or lately it was away and is to be
 * asked again, for one lost answer does not show that it would take the change.
 */
export type Gate =
  | { readonly state: 'Ask' }
  | { readonly state: 'AskLater'; readonly verdict: Verdict; readonly afterMilliseconds: number }
  | { readonly state: 'Answered'; readonly verdict: Verdict }

/** The answers to one setting, kept in memory. */
export interface GateRecord {
  /** Equal for equal settings. */
  readonly key: string
  readonly verdict: Verdict
  readonly asks: number
  /** Monotonic milliseconds of the next question; absent: the verdict stands. */
  readonly repeatAt?: number
  /** Monotonic milliseconds. */
  readonly expiresAt: number
}

/** As the tests of a setting in force repeat a failure: is it one, or a blip? */
const repeatMilliseconds: readonly number[] = [2_000, 5_000]
/** A target that wants more patience is away as far as a change is concerned. */
const patienceMilliseconds = 15_000
/** How long a verdict on a setting that was not applied is good for. */
const goodForMilliseconds = 60_000

/** What is known of the setting with this key at `now`, monotonic milliseconds. */
export function gateOf(record: GateRecord | undefined, key: string, now: number): Gate {
  if (record?.key !== key || now >= record.expiresAt) return { state: 'Ask' }
  const { verdict, repeatAt } = record
  if (repeatAt === undefined) return { state: 'Answered', verdict }
  return now >= repeatAt ? { state: 'Ask' } : { state: 'AskLater', verdict, afterMilliseconds: repeatAt - now }
}

/**
 * The record after another answer. One that waiting could change is asked for again, twice at most and no sooner than the target
 * wants; then it stands, so that a target that cannot be reached from here holds no change back.
 * @param now monotonic milliseconds.
 */
export function recordAnswer(
  record: GateRecord | undefined,
  { key, verdict, now }: { readonly key: string; readonly verdict: Verdict; readonly now: number },
): GateRecord {
  const earlier = record?.key === key && record.repeatAt !== undefined && now < record.expiresAt ? record.asks : 0
  const asks = earlier + 1
  const pause = repeatMilliseconds[asks - 1]
  const answered = { key, verdict, asks, expiresAt: now + goodForMilliseconds }
  if (verdict.class !== 'transient' || pause === undefined) return answered
  const wanted = Math.min(verdict.retryAfterMilliseconds ?? 0, patienceMilliseconds)
  return { ...answered, repeatAt: now + Math.max(pause, wanted) }
}
