import type { Condition } from '../../api/conditions.ts'
import type { BufferReason, DeliveringReason, SyncedReason, TargetReason } from '../../api/reasons.ts'
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

/** A degraded target is still reachable. */
const targetStatuses: Readonly<Record<Extract<TargetFinding, { tested: true }>['state'], Status>> = {
  Reachable: 'True',
  Degraded: 'True',
  Unreachable: 'False',
  Rejecting: 'False',
  Unknown: 'Unknown',
}

const deliveringStatuses: Readonly<Record<DeliveringReason, Status>> = {
  ClusterDelivers: 'True',
  ClusterReportsOffline: 'False',
  SendsFailing: 'False',
  QueueGrowing: 'False',
  NotReported: 'Unknown',
  NothingSentYet: 'Unknown',
  Progressing: 'Unknown',
  ClusterUnreachable: 'Unknown',
  Disabled: 'Unknown',
  Suspended: 'Unknown',
}

const bufferStatuses: Readonly<Record<BufferReason, Status>> = {
  Empty: 'True',
  Filling: 'True',
  Draining: 'True',
  AtRisk: 'False',
  Full: 'False',
  NoEstimate: 'Unknown',
  Disabled: 'Unknown',
  Suspended: 'Unknown',
}

export function isStalledReason(reason: SyncedReason): boolean {
  return stalled.has(reason)
}

export function isMisconfiguration(reason: TargetReason): boolean {
  return misconfigured.has(reason)
}

/** The status of TargetReachable. */
export function targetStatus(target: TargetFinding): Status {
  return target.tested ? targetStatuses[target.state] : 'Unknown'
}

export function deliveringStatus(reason: DeliveringReason): Status {
  return deliveringStatuses[reason]
}

export function bufferStatus(reason: BufferReason): Status {
  return bufferStatuses[reason]
}
