import { type TargetReason, targetReasons } from '../api/reasons.ts'
import type { TargetStatus } from '../api/s3-audit-webhook-status.ts'
import { isOutage, noEvidence, type Reachability, unknownReachability } from './reachability.ts'
import type { Observation } from './round.ts'
import type { LadderLevel } from './verdict.ts'

/**
 * The judgement that `.status.target` tells of, so that a restart forgets neither an outage nor its beginning. A status written
 * by another version, or by hand, that cannot be understood counts as none.
 * @param now milliseconds since the epoch
 */
export function restoreReachability(
  status: Pick<TargetStatus, 'state' | 'reason' | 'lastTransitionTime' | 'lastSuccessTime' | 'certificateNotAfter'>,
  message: string,
  now: number,
): Reachability {
  const reason = targetReasons.find((known) => known === status.reason)
  const lastTransitionTime = parsed(status.lastTransitionTime)
  const unknown = unknownReachability(now)
  if (reason === undefined || lastTransitionTime === undefined || status.state === 'Unknown') return unknown
  const observation: Observation = { reason, message, level: levelOf(reason) }
  const lastSuccessTime = parsed(status.lastSuccessTime)
  const failed = isOutage(status.state)
  return {
    ...unknown,
    state: status.state,
    reason,
    message,
    lastTransitionTime,
    lastSuccessTime,
    outageStartTime: failed ? (lastSuccessTime ?? lastTransitionTime) : undefined,
    certificateNotAfter: parsed(status.certificateNotAfter),
    evidence: {
      ...noEvidence,
      success: status.state === 'Reachable' ? observation : undefined,
      warning: status.state === 'Degraded' && reason !== 'SlowResponses' ? observation : undefined,
      failure: failed ? observation : undefined,
      unresolvedLevel: status.state === 'Rejecting' ? observation.level : undefined,
      slow: reason === 'SlowResponses',
    },
  }
}

const eventReasons: readonly TargetReason[] = [
  'Accepted',
  'IndexNotAllowed',
  'EventWrapperMissing',
  'PayloadRejected',
  'PayloadTooLarge',
]
const pathReasons: readonly TargetReason[] = ['CertificateExpiring', 'EndpointNotAllowed']

/** The status does not tell at which level a reason was found; where there are several, the one of the token. */
function levelOf(reason: TargetReason): LadderLevel {
  if (eventReasons.includes(reason)) return 3
  return pathReasons.includes(reason) || reason.startsWith('TLS') ? 0 : 2
}

function parsed(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(value) ? undefined : value
}
