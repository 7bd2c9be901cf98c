import type { TargetReason } from '../api/reasons.ts'

/** 0 path and trust, 1 health, 2 token, 3 a marked event. */
export type LadderLevel = 0 | 1 | 2 | 3

/** ok; warning (works, look soon); transient (waiting helps); misconfigured (a human helps); rejected (this event is bad). */
export type VerdictClass = 'ok' | 'warning' | 'transient' | 'misconfigured' | 'rejected'

/** The typed outcome of one test of a target. */
export interface Verdict {
  readonly level: LadderLevel
  readonly class: VerdictClass
  readonly reason: TargetReason
  /** For people: what was seen and what to do. No durations, no counts, nothing from the answer's body. */
  readonly message: string
  readonly durationMilliseconds: number
  /** Milliseconds since the epoch; only where TLS was spoken on a fresh connection. */
  readonly certificateNotAfter?: number
  /** Of the answer, where one came. */
  readonly httpStatus?: number
  /** Of a HEC envelope in the answer, known or not. */
  readonly hecCode?: number
  /** The target asked not to be tried sooner. */
  readonly retryAfterMilliseconds?: number
  /** The id of the marked event, level 3 only. */
  readonly testId?: string
}
