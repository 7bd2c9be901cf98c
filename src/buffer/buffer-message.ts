import type { BufferState } from '../api/s3-audit-webhook-status.ts'

const messages: Readonly<Record<Exclude<BufferState, 'Unknown'>, string>> = {
  Empty: 'No events wait inside the S3 cluster.',
  Filling: 'Events come faster than they are sent; the target takes them.',
  AtRisk:
    'The buffer inside the S3 cluster will be full soon, and further events are then thrown away: mend the target now.',
  Full: 'The buffer inside the S3 cluster is full: audit events are being thrown away. `status.buffer.eventsLost` counts, rather too many than too few, those that were lost while the operator looked.',
  Draining: 'The target takes events again and the backlog inside the S3 cluster shrinks.',
}

/** What `BufferHealthy` says of a measured buffer: constant for a state, so that it changes only with it. */
export function bufferMessage(
  state: Exclude<BufferState, 'Unknown'>,
  { outage, uncountedStore }: { readonly outage: boolean; readonly uncountedStore: boolean },
): string {
  if (state === 'Filling' && outage) return 'Events wait inside the S3 cluster for the target; there is time left.'
  if (state === 'Empty' && uncountedStore) {
    return 'No events wait in the memory of the S3 cluster; how many wait in the directory of its queue it does not tell.'
  }
  return messages[state]
}
