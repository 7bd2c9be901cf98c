import type { SyncedReason } from '../../src/api/reasons.ts'
import type { ReasonText } from './reason-text.ts'

/** Reasons of `Synced`. */
export const syncedReasonTexts: Readonly<Record<SyncedReason, ReasonText>> = {
  Applied: {
    meaning: 'The webhook on the cluster is as the spec says; it was read back. With `enabled: false`: it is off.',
    remedy: '',
  },
  ClusterNotFound: {
    meaning: 'There is no S3Cluster of that name in the namespace.',
    remedy: 'Create it. `spec.clusterRef` cannot be changed: to correct the name, delete and recreate the webhook.',
  },
  ClusterNotReady: {
    meaning: 'The S3Cluster has a problem of its own, which the message repeats.',
    remedy: 'See the reason of its [Ready](s3cluster.md#ready).',
  },
  ClusterUnreachable: {
    meaning: 'The management API of the cluster does not answer. The webhook on it goes on as it was set.',
    remedy: 'See [ClusterUnreachable](s3cluster.md#ready) of the S3Cluster.',
  },
  SecretNotFound: {
    meaning: 'The Secret with the token does not exist. A webhook that is in force is left as it is.',
    remedy: 'Create the Secret, or correct `spec.authTokenSecretRef.name`.',
  },
  SecretKeyMissing: {
    meaning: 'The Secret has no such key. A webhook that is in force is left as it is.',
    remedy: 'Add the token under the key, or set `spec.authTokenSecretRef.key`.',
  },
  ReadForbidden: {
    meaning:
      'The operator lacks the right to read the Secret in Kubernetes. A webhook that is in force is left as it is.',
    remedy:
      'Grant its service account the right named in the message; see [the security model](security-model.md#what-the-operator-may-do-in-kubernetes).',
  },
  TokenMalformed: {
    meaning:
      'What stands in the Secret is no token: empty, several lines, more than 4 KiB, or characters that no header can carry.',
    remedy: 'Correct the Secret. White space and one pair of quotes around the token do no harm.',
  },
  CredentialsRejected: {
    meaning: 'The cluster does not take the credentials of the S3Cluster.',
    remedy: 'Correct the Secret of the S3Cluster.',
  },
  CredentialsLockedOut: {
    meaning: 'The cluster has locked the user of the S3Cluster after too many failed logins.',
    remedy: 'Correct the Secret of the S3Cluster and wait.',
  },
  PermissionDenied: {
    meaning: 'The user of the S3Cluster may not read or set the webhook.',
    remedy: 'Give it the rights named in [providers](providers.md).',
  },
  Conflict: {
    meaning: 'An older S3AuditWebhook owns the one webhook of this WEKA cluster.',
    remedy: 'Delete one of the two. This one takes over when the other is gone.',
  },
  ForeignWebhook: {
    meaning: 'The cluster has an enabled webhook that leads elsewhere and that no resource set.',
    remedy:
      'Find out who needs it. Then disable it on the cluster, or replace it with the command in the message (`foreignWebhookPolicy: Overwrite`).',
  },
  AnotherWriter: {
    meaning: 'The webhook was changed by something else again after five repairs within an hour. Repairs are paused.',
    remedy: 'Find and stop the other writer (a second operator, a script, a person), or set `spec.suspend`.',
  },
  EnvironmentOverride: {
    meaning:
      'Environment variables of the MinIO servers fix settings of this webhook; what the operator writes has no effect.',
    remedy: 'Remove the variables named in the message and restart the servers.',
  },
  DriftDetected: {
    meaning:
      'The webhook on the cluster differs from the spec. With `Observe` it stays so; otherwise it is repaired again shortly.',
    remedy: 'With `Observe`: decide which of the two is right. Otherwise: find out who changed it.',
  },
  ChangeRefused: {
    meaning: 'The target refuses the new endpoint or token, so the setting in force stays on the cluster.',
    remedy:
      'Correct the endpoint or the Secret; it is tried again with the tests. `changePolicy: Always` applies it all the same.',
  },
  ClusterIdentityChanged: {
    meaning: 'The S3Cluster leads to another cluster than before; nothing is written to it.',
    remedy: 'See [ClusterIdentityChanged](s3cluster.md#accepting-another-cluster) of the S3Cluster.',
  },
  S3NotRunning: {
    meaning: 'The S3 service of the cluster is not configured or not running.',
    remedy: 'Create or start it.',
  },
  ApplyFailed: {
    meaning: 'The cluster refused the setting or failed while applying it. It is tried again with growing delays.',
    remedy: 'Read the message; look at the events and logs of the S3 cluster.',
  },
  InvalidSpec: {
    meaning:
      'The spec cannot be used: a `minio` block on a WEKA cluster, a WEKA webhook without a token, or a field that an older CRD let pass.',
    remedy: 'Correct the field named in the message.',
  },
  Progressing: {
    meaning: 'Waiting for the first answer of the cluster, or for the verdict of the target on a change.',
    remedy: 'Wait a moment.',
  },
  Suspended: { meaning: '`spec.suspend` is true: nothing is written and nothing is tested.', remedy: '' },
}
