import type { ClusterReason } from '../../src/api/reasons.ts'
import type { ReasonText } from './reason-text.ts'

/** Reasons of `Ready` on an S3Cluster. */
export const clusterReasonTexts: Readonly<Record<ClusterReason, ReasonText>> = {
  Connected: { meaning: 'The management API answers and takes the credentials.', remedy: '' },
  Progressing: { meaning: 'The cluster has not answered for the first time yet.', remedy: 'Wait a moment.' },
  InvalidSpec: {
    meaning:
      'The stored spec, or the Secret, has a value that this release cannot use. The API server let it pass, so the installed CRDs are older or were changed, or the value is in the Secret.',
    remedy: 'Correct the field or key named in the message; install the CRDs of this release.',
  },
  EndpointMissing: {
    meaning: 'No address is known: `spec.endpoints` is empty and the Secret has no `endpoints`.',
    remedy: 'Set `spec.endpoints`, or add the key `endpoints` to the Secret (WEKA only).',
  },
  EndpointNotAllowed: {
    meaning: 'The endpoint leads to an address that the [address guard](operations.md#the-address-guard) refuses.',
    remedy: 'Correct the endpoint or its DNS record, or allow the address with `--allow-endpoint-cidr`.',
  },
  ClusterUnreachable: {
    meaning: 'No endpoint could be reached, or each answered with an error that waiting may end.',
    remedy: 'Look at the cluster, at DNS, and at firewalls and network policies between it and the operator.',
  },
  TLSUntrusted: {
    meaning: 'The certificate of the management API is not signed by a trusted CA, has expired, or names another host.',
    remedy:
      'Give the CA in `spec.tls.caCertificateRef` (WEKA: or `caCertificate` in the Secret), set `spec.tls.serverName`, or renew the certificate.',
  },
  SecretNotFound: {
    meaning: 'The Secret with the credentials does not exist.',
    remedy: 'Create it, or correct `spec.credentialsSecretRef.name`.',
  },
  SecretKeyMissing: {
    meaning: 'The Secret lacks a key that this type of cluster needs, or it is empty.',
    remedy: 'Add the key named in the message.',
  },
  ReadForbidden: {
    meaning:
      'The operator lacks the right to read the Secret in Kubernetes, or, for MinIO, the namespace `kube-system`.',
    remedy:
      'Grant its service account the right named in the message; see [the security model](security-model.md#what-the-operator-may-do-in-kubernetes).',
  },
  CAInvalid: {
    meaning: 'The CA bundle is not there or holds no PEM certificates.',
    remedy: 'Correct the object or key named in the message. The system roots are never used in its place.',
  },
  CredentialsRejected: {
    meaning: 'The cluster does not take the user name and password, or the access key.',
    remedy: 'Correct the Secret. It is tried again at once, once.',
  },
  CredentialsLockedOut: {
    meaning: 'The cluster has locked the user after too many failed logins.',
    remedy: 'Correct the Secret. The operator waits until the lock-out is over; further tries would only prolong it.',
  },
  PermissionDenied: {
    meaning: 'The user is known but may not do what is needed.',
    remedy: 'WEKA: use a user with the role ClusterAdmin. MinIO: see the [policy](providers.md#minio-permissions).',
  },
  S3NotRunning: {
    meaning: 'The cluster answers, but its S3 service is not configured or not running.',
    remedy: 'Create or start the S3 service of the cluster.',
  },
  ClusterIdentityChanged: {
    meaning: 'The endpoints lead to another cluster than before (edited, DNS, fail-over). Nothing is written to it.',
    remedy: 'Correct the endpoints, or accept the new cluster with the command in the message.',
  },
  ProviderMismatch: {
    meaning: 'What answers is not a cluster of this `spec.type`, or a release that the operator does not understand.',
    remedy: 'Check `spec.type`, scheme and port of the endpoints, and proxies before the cluster.',
  },
}
