import type { ParsedSpec } from '../api/parse-spec.ts'
import type { S3AuditWebhookStatus } from '../api/s3-audit-webhook-status.ts'
import type { S3AuditWebhookSpec } from '../api/s3-audit-webhook.ts'
import type { S3ClusterSpec, S3ClusterStatus } from '../api/s3-cluster.ts'
import type { LeaseSpec } from '../kube/lease.ts'
import type { ObjectMeta, ObjectName } from '../kube/resource.ts'
import type { Verdict } from '../target/verdict.ts'

/** Something that a resource needs, looked at with the rights of the user: in order, wrong, or out of sight. */
export type Check =
  | { readonly state: 'InOrder' }
  | { readonly state: 'Problem'; readonly reason: string; readonly message: string }
  /** `Unseen` names what one may not read. */
  | { readonly state: 'Unseen'; readonly what: string }

/** A Lease of the operator. */
export interface LeaseFact {
  readonly name: ObjectName
  readonly spec: LeaseSpec
}

export interface ClusterFacts {
  readonly metadata: ObjectMeta
  readonly spec: ParsedSpec<S3ClusterSpec>
  readonly status: S3ClusterStatus | undefined
  /** Its credentials and CA; undefined where the spec cannot be read. */
  readonly access: Check | undefined
}

export interface WebhookFacts {
  readonly metadata: ObjectMeta
  readonly spec: ParsedSpec<S3AuditWebhookSpec>
  readonly status: S3AuditWebhookStatus | undefined
  readonly cluster: 'Found' | 'Missing' | 'Unseen'
  readonly token: Check | undefined
  readonly trust: Check | undefined
  /** What the target answered to this machine; undefined: not asked. */
  readonly verdicts: readonly Verdict[] | undefined
}

/** Everything that a diagnosis rests on. Without any value of a Secret. */
export interface Facts {
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly now: number
  /** Kinds that the API server does not know. */
  readonly missingKinds: readonly string[]
  /** What the user asked for by name and is not there; undefined: it is, or nothing was named. */
  readonly missing: ObjectName | undefined
  /** What one may not look at: `list s3clusters.s3audit.dev in namespace 'a'`. */
  readonly unseen: readonly string[]
  /** Undefined when one may not look. */
  readonly leases: readonly LeaseFact[] | undefined
  readonly clusters: readonly ClusterFacts[]
  readonly webhooks: readonly WebhookFacts[]
}
