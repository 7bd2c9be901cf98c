import { z } from 'zod'

import type { S3AuditWebhook } from '../../api/s3-audit-webhook.ts'
import { objectKey, objectName, type ObjectName } from '../../kube/resource.ts'
import type { Store } from '../../kube/store.ts'
import { referencesOf } from '../references-of.ts'
import type { ClusterRegistry } from '../s3cluster/cluster-registry.ts'
import type { ClusterState } from '../s3cluster/cluster-state.ts'
import { ownerBefore, type Claim } from './ownership.ts'

const claiming = z.object({
  clusterRef: z.object({ name: z.string() }),
  managementPolicy: z.string().optional().catch(undefined),
})

/** Index functions that the store of webhooks must have for `findOwner`. */
export const claimIndexes = {
  cluster: (webhook: S3AuditWebhook): readonly string[] => referencesOf(webhook).clusters,
  appliedClusterId: (webhook: S3AuditWebhook): readonly string[] => {
    const id = webhook.status?.applied?.clusterId
    return id === undefined ? [] : [id]
  },
}

/**
 * Who owns the webhook of `cluster` before `webhook`, among all resources this operator sees, whichever S3Cluster and namespace
 * they go through. Only WEKA has one webhook per cluster; MinIO's are named and never meet.
 */
export function findOwner(
  webhook: S3AuditWebhook,
  cluster: ClusterState,
  options: { readonly webhooks: Store<S3AuditWebhook>; readonly registry: ClusterRegistry },
): ObjectName | undefined {
  if (cluster.state !== 'Connected' || cluster.connection.type !== 'WEKA') return undefined
  const { webhooks, registry } = options
  const clusterId = cluster.connection.identity.id
  const others = new Set([
    ...registry.leadingTo(clusterId).flatMap((name) => webhooks.byIndex('cluster', objectKey(name))),
    // After a restart an S3Cluster may not have answered yet; what was applied through it is still owned.
    ...webhooks.byIndex('appliedClusterId', clusterId),
  ])
  const claims = [...others].map((other) => claimOf(other, registry))
  return ownerBefore({ ...claimOf(webhook, registry), clusterId }, claims)
}

function claimOf(webhook: S3AuditWebhook, registry: ClusterRegistry): Claim {
  const spec = claiming.safeParse(webhook.spec).data
  const { namespace } = objectName(webhook)
  const connection = spec === undefined ? undefined : registry.lastConnection({ namespace, name: spec.clusterRef.name })
  return {
    metadata: webhook.metadata,
    // A cluster that does not answer keeps its owner: what was applied there still is.
    clusterId: connection?.identity.id ?? webhook.status?.applied?.clusterId,
    observes: spec?.managementPolicy === 'Observe',
  }
}
