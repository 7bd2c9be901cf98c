import type { BufferState } from '../api/s3-audit-webhook-status.ts'

const messages: Readonly<Record<Exclude<BufferState, 'Unknown'>, string>> = {
  Empty:
    'By the usual rate and the tests of the target, no events wait inside the S3 cluster; it tells nothing itself.',
  Filling:
    'The target does not take events. If the S3 cluster keeps them all, as it does not tell, there is time left by the usual rate.',
  AtRisk:
    'The target does not take events. By the usual rate the buffer inside the S3 cluster will be full soon, and further events are then thrown away: mend the target now.',
  Full: 'The target does not take events. By the usual rate the buffer inside the S3 cluster is full: audit events are being thrown away. `status.buffer.eventsLost` counts them at the usual rate; there may be twice as many, or fewer.',
  Draining:
    'The target takes events again. By the usual rate there can still be a backlog inside the S3 cluster; it tells nothing itself.',
}

/** What `BufferHealthy` says of an estimated buffer: constant for a state, so that it changes only with it. */
export function estimateMessage(state: Exclude<BufferState, 'Unknown'>): string {
  return messages[state]
}
