import type { TargetReason } from '../api/reasons.ts'
import type { VerdictClass } from './verdict.ts'

/** What an answer means: its class, its reason, and a clause about "the target" that says what to do. */
export interface Meaning {
  readonly class: VerdictClass
  readonly reason: TargetReason
  readonly text: string
}

/**
 * HEC status codes 0 to 27 as Splunk documents them ("Troubleshoot HTTP Event Collector"), as answers to data in the sender's own
 * shape. Levels 1 and 2 ask other questions and read some of them differently.
 */
const table: Readonly<Record<number, readonly [VerdictClass, TargetReason, string]>> = {
  0: ['ok', 'Accepted', 'accepts events'],
  1: ['misconfigured', 'TokenDisabled', 'knows the token but has disabled it: enable it there, or use another'],
  2: ['misconfigured', 'TokenMissing', 'wants a token: set `authTokenSecretRef`'],
  3: [
    'misconfigured',
    'TokenSchemeInvalid',
    'cannot read the Authorization header: look at `authScheme`, Splunk for a HEC',
  ],
  4: ['misconfigured', 'TokenInvalid', 'does not know the token: correct it in the Secret, or create it there'],
  5: ['rejected', 'PayloadRejected', 'finds no data in the event'],
  6: ['rejected', 'PayloadRejected', 'cannot read the event'],
  7: ['misconfigured', 'IndexNotAllowed', 'does not let the token write to the index: allow it there, or name another'],
  8: ['transient', 'ServerError', 'has an internal error'],
  9: ['transient', 'ServerBusy', 'is busy'],
  10: [
    'misconfigured',
    'ChannelRequired',
    'wants a channel, which S3 clusters do not send: use a token without indexer acknowledgment',
  ],
  11: ['misconfigured', 'ChannelInvalid', 'refuses the channel in the endpoint: take it out of the query'],
  12: ['misconfigured', 'EventWrapperMissing', 'wants events in a wrapper: use its path /services/collector/raw'],
  13: ['rejected', 'PayloadRejected', 'finds a blank event'],
  14: ['misconfigured', 'AckDisabled', 'was asked for acknowledgments that the token has disabled'],
  15: ['rejected', 'PayloadRejected', 'cannot read the indexed fields of the event'],
  16: [
    'misconfigured',
    'QueryTokenRefused',
    'refuses a token in the query: take it out of the endpoint and use `authTokenSecretRef`',
  ],
  17: ['ok', 'Healthy', 'is healthy'],
  18: ['transient', 'QueuesFull', 'has full queues'],
  19: ['transient', 'AckUnavailable', 'has no acknowledgment service'],
  20: ['transient', 'QueuesFull', 'has full queues and no acknowledgment service'],
  21: ['misconfigured', 'TokenInvalid', 'does not know the token: correct it in the Secret, or create it there'],
  22: ['misconfigured', 'TokenDisabled', 'knows the token but has disabled it: enable it there, or use another'],
  23: ['transient', 'ShuttingDown', 'is shutting down'],
  24: ['warning', 'CapacityWarning', 'accepts events, but its queue is nearly full'],
  25: ['warning', 'CapacityWarning', 'accepts events, but its acknowledgments are nearly full'],
  26: ['transient', 'Throttled', 'throttles: its queue is full'],
  27: ['transient', 'Throttled', 'throttles: its acknowledgments are full'],
}

/** Undefined for a code that is not in Splunk's table. @param answered the code that came, where it is read as another */
export function hecMeaning(code: number, answered: number = code): Meaning | undefined {
  const row = table[code]
  if (row === undefined) return undefined
  const [verdictClass, reason, text] = row
  return { class: verdictClass, reason, text: `${text} (HEC code ${answered})` }
}
