import type { BufferReason, DeliveringReason, TargetReason } from '../../api/reasons.ts'
import type { S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import type { RequestedTest } from '../../target/requested-test.ts'

/** The target as the tests judge it, or why it is not tested. */
export type TargetFinding =
  | { readonly tested: false; readonly reason: 'NotTested' | 'Disabled' | 'Suspended'; readonly message: string }
  | {
      readonly tested: true
      readonly state: 'Reachable' | 'Degraded' | 'Unreachable' | 'Rejecting' | 'Unknown'
      readonly reason: TargetReason
      readonly message: string
      /** RFC 3339. */
      readonly lastTransitionTime: string
      /** RFC 3339; set while an outage lasts. */
      readonly lastSuccessTime?: string
      /** RFC 3339. */
      readonly certificateNotAfter?: string
      readonly lastTest?: S3AuditWebhookStatus['lastTest']
      /** RFC 3339; when tests began to fail, known before the state follows. */
      readonly outageStartTime?: string
      /** The value of the test annotation that was acted upon. */
      readonly handledTestRequest?: string
      /** What the test that it asked for came to, level by level; unknown after a restart. */
      readonly requestedTest?: RequestedTest
    }

/** The cluster's own view of its sending. */
export interface DeliveryFinding {
  readonly reason: DeliveringReason
  readonly message: string
}

/** The buffer inside the cluster. `status` is what `.status.buffer` shows. */
export interface BufferFinding {
  readonly reason: BufferReason
  readonly message: string
  readonly status?: S3AuditWebhookStatus['buffer']
  /** After how long it will say something else though nothing happens. */
  readonly lookAgainMilliseconds?: number
}
