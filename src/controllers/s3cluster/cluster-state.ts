import type { ClusterReason } from '../../api/reasons.ts'
import type { S3ClusterSpec } from '../../api/s3-cluster.ts'
import type { ObjectName } from '../../kube/resource.ts'
import type { AuditWebhookProvider, ClusterIdentity } from '../../providers/provider.ts'

/**
 * What this process knows of one S3Cluster. `Unknown`: it has not been asked yet, so nothing may be concluded.
 * A cluster that is not ready may still have a provider: the session of an earlier success, which clean-up may use.
 */
export type ClusterState =
  | { readonly state: 'NotFound' }
  | { readonly state: 'Unknown' }
  | {
      readonly state: 'NotReady'
      readonly reason: Exclude<ClusterReason, 'Connected'>
      readonly message: string
      readonly last?: ClusterConnection
    }
  | { readonly state: 'Connected'; readonly connection: ClusterConnection }

/** A proved way to one S3 cluster. */
export interface ClusterConnection {
  readonly type: S3ClusterSpec['type']
  readonly identity: ClusterIdentity
  readonly provider: AuditWebhookProvider
  /** What the webhook of a resource is called on the cluster; the one of WEKA has no name: empty. */
  readonly targetName: (webhook: ObjectName) => string
  readonly driftCheckSeconds: number
  /** Grows with every new success after a failure: what was read before may be stale. */
  readonly epoch: number
}
