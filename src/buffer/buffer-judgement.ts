import type { BufferReason } from '../api/reasons.ts'
import type { BufferStatus } from '../api/s3-audit-webhook-status.ts'

/** What `BufferHealthy` and `.status.buffer` say. */
export interface BufferJudgement {
  readonly reason: BufferReason
  readonly message: string
  readonly status: BufferStatus
  /** After how long it will say something else though nothing happens; absent: not before something does. */
  readonly lookAgainMilliseconds?: number
}
