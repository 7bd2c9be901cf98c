import type { BufferReason, DeliveringReason, SyncedReason, TargetReason } from '../../api/reasons.ts'
import type { Condition } from '../../kube/conditions.ts'
import type { TargetFinding } from './findings.ts'

type Status = Condition['status']

/** Reasons of Synced that only a human can end. */
const stalled: ReadonlySet<SyncedReason> = new Set([
  'InvalidSpec',
  'Conflict',
  'ForeignWebhook',
  'AnotherWriter',
  'ClusterIdentityChanged',
  'EnvironmentOverride',
  'CredentialsRejected',
  'PermissionDenied',
  'ChangeRefused',
])

/** Reasons of TargetReachable that waiting never ends. */
const misconfigured: ReadonlySet<TargetReason> = new Set([
  'CAInvalid',
  'TLSUntrusted',
  'TLSNameMismatch',
  'TLSExpired',
  'TLSNotYetValid',
  'TLSVersionRefused',
  'TLSClientCertificateWanted',
  'AuthenticationRefused',
  'TokenInvalid',
  'TokenDisabled',
  'TokenMissing',
  'TokenSchemeInvalid',
  'IndexNotAllowed',
  'ChannelRequired',
  'ChannelInvalid',
  'AckDisabled',
  'QueryTokenRefused',
  'EventWrapperMissing',
  'PayloadRejected',
  'PayloadTooLarge',
  'WrongPath',
  'Redirected',
  'NotAnEventCollector',
  'EndpointNotAllowed',
])

export function isStalledReason(reason: SyncedReason): boolean {
  return stalled.has(reason)
}

export function isMisconfiguration(reason: TargetReason): boolean {
  return misconfigured.has(reason)
}

/** The status of TargetReachable: a degraded target is still reachable. */
export function targetStatus(target: TargetFinding): Status {
  if (!target.tested) return 'Unknown'
  switch (target.state) {
    case 'Reachable':
    case 'Degraded':
      return 'True'
    case 'Unreachable':
    case 'Rejecting':
      return 'False'
    case 'Unknown':
      return 'Unknown'
  }
}

export function deliveringStatus(reason: DeliveringReason): Status {
  switch (reason) {
    case 'ClusterDelivers':
      return 'True'
    case 'ClusterReportsOffline':
    case 'SendsFailing':
    case 'QueueGrowing':
      return 'False'
    case 'NotReported':
    case 'NothingSentYet':
    case 'ClusterUnreachable':
    case 'Disabled':
    case 'Suspended':
      return 'Unknown'
  }
}

export function bufferStatus(reason: BufferReason): Status {
  switch (reason) {
    case 'Empty':
    case 'Filling':
    case 'Draining':
      return 'True'
    case 'AtRisk':
    case 'Full':
      return 'False'
    case 'NoEstimate':
    case 'Disabled':
    case 'Suspended':
      return 'Unknown'
  }
}
