/** Reasons of `Ready` on an S3Cluster. */
export const clusterReasons = [
  'Connected',
  'Progressing',
  'InvalidSpec',
  'EndpointMissing',
  'EndpointNotAllowed',
  'ClusterUnreachable',
  'TLSUntrusted',
  'SecretNotFound',
  'SecretKeyMissing',
  'ReadForbidden',
  'CAInvalid',
  'CredentialsRejected',
  'CredentialsLockedOut',
  'PermissionDenied',
  'S3NotRunning',
  'ClusterIdentityChanged',
  'ProviderMismatch',
] as const
export type ClusterReason = (typeof clusterReasons)[number]

/** Reasons of `Synced`. */
export const syncedReasons = [
  'Applied',
  'ClusterNotFound',
  'ClusterNotReady',
  'ClusterUnreachable',
  'SecretNotFound',
  'SecretKeyMissing',
  'ReadForbidden',
  'TokenMalformed',
  'CredentialsRejected',
  'CredentialsLockedOut',
  'PermissionDenied',
  'Conflict',
  'ForeignWebhook',
  'AnotherWriter',
  'EnvironmentOverride',
  'DriftDetected',
  'ChangeRefused',
  'ClusterIdentityChanged',
  'S3NotRunning',
  'ApplyFailed',
  'InvalidSpec',
  'Progressing',
  'Suspended',
] as const
export type SyncedReason = (typeof syncedReasons)[number]

/** Reasons of `TargetReachable`, and of a verdict. */
export const targetReasons = [
  'Accepted',
  'Healthy',
  'CapacityWarning',
  'SlowResponses',
  'CertificateExpiring',
  'DNSFailed',
  'ConnectionRefused',
  'ConnectionReset',
  'ConnectTimeout',
  'CAInvalid',
  'TLSUntrusted',
  'TLSNameMismatch',
  'TLSExpired',
  'TLSNotYetValid',
  'TLSVersionRefused',
  'TLSClientCertificateWanted',
  'ResponseTimeout',
  'ServerError',
  'ShuttingDown',
  'AckUnavailable',
  'AuthenticationRefused',
  'ServerBusy',
  'QueuesFull',
  'Throttled',
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
  'NotTested',
  'Disabled',
  'Suspended',
] as const
export type TargetReason = (typeof targetReasons)[number]

/** Reasons of `Delivering`. */
export const deliveringReasons = [
  'ClusterDelivers',
  'ClusterReportsOffline',
  'SendsFailing',
  'QueueGrowing',
  'NotReported',
  'NothingSentYet',
  'Progressing',
  'ClusterUnreachable',
  'Disabled',
  'Suspended',
] as const
export type DeliveringReason = (typeof deliveringReasons)[number]

/** Reasons of `BufferHealthy`. */
export const bufferReasons = [
  'Empty',
  'Filling',
  'Draining',
  'AtRisk',
  'Full',
  'NoEstimate',
  'Disabled',
  'Suspended',
] as const
export type BufferReason = (typeof bufferReasons)[number]

/** Reasons of `Ready` on an S3AuditWebhook that are not taken over from another condition. */
export const readyReasons = ['InForce', 'Disabled', 'Observed', 'Progressing', 'Suspended'] as const
export type ReadyReason = (typeof readyReasons)[number]

/** Reasons of `Reconciling`: on the way to a new generation, or trying again after a failure. */
export const reconcilingReasons = ['Progressing', 'ProgressingWithRetry'] as const
export type ReconcilingReason = (typeof reconcilingReasons)[number]

/** Reasons of Kubernetes Events. */
export const eventReasons = [
  'WebhookApplied',
  'WebhookDisabled',
  'WebhookRemoved',
  'WebhookLeftBehind',
  'DriftDetected',
  'DriftRepaired',
  'Conflict',
  'TargetUnreachable',
  'TargetRejecting',
  'TargetDegraded',
  'TargetRecovered',
  'TestEventAccepted',
  'TargetTested',
  'ChangeRefused',
  'BufferAtRisk',
  'BufferFull',
  'BufferDrained',
  'EventsLost',
  'BufferTooSmall',
  'SecretNotFound',
  'CredentialsRejected',
] as const
export type EventReason = (typeof eventReasons)[number]
