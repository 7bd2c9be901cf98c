import { z } from 'zod'

import { clusterFinalizer, webhookFinalizer } from '../api/annotations.ts'
import { s3AuditWebhookType } from '../api/s3-audit-webhook.ts'
import { s3ClusterType } from '../api/s3-cluster.ts'
import { type KubernetesObject, objectKey, objectName, type ResourceType } from '../kube/resource.ts'

/** A kind that carries a finalizer of ours. */
export interface HeldKind {
  readonly type: ResourceType
  readonly finalizer: string
}

/** Webhooks first: an S3Cluster is held by those that refer to it. */
export const heldKinds: readonly HeldKind[] = [
  { type: s3AuditWebhookType, finalizer: webhookFinalizer },
  { type: s3ClusterType, finalizer: clusterFinalizer },
]

/** A resource that our finalizer holds. */
export interface HeldResource extends HeldKind {
  readonly object: KubernetesObject
}

/** `S3AuditWebhook namespace/name`. */
export function describeResource({ type, object }: HeldResource): string {
  return `${type.kind} ${objectKey(objectName(object))}`
}

/** One line on a resource whose finalizer was taken off: what becomes of it, and what stays on the S3 cluster. */
export function describeRelease(held: HeldResource): string {
  const gone = held.object.metadata.deletionTimestamp !== undefined
  const fate = gone ? 'finalizer taken off; it was in deletion and goes' : 'finalizer taken off'
  const left = held.type === s3AuditWebhookType ? `; ${describeWebhook(held.object)}` : ''
  return `${describeResource(held)}: ${fate}${left}`
}

/** Lenient: what cannot be read is not told. */
const appliedShape = z.object({
  spec: z.object({ clusterRef: z.object({ name: z.string() }) }),
  status: z
    .object({ applied: z.object({ endpoint: z.string(), enabled: z.boolean() }) })
    .optional()
    .catch(undefined),
})

function describeWebhook(object: KubernetesObject): string {
  const parsed = appliedShape.safeParse(object)
  if (!parsed.success) return 'its webhook stays on the S3 cluster as it is'
  const { spec, status } = parsed.data
  const cluster = `the S3 cluster of '${spec.clusterRef.name}'`
  if (status === undefined) return `a webhook on ${cluster} stays as it is`
  const { enabled, endpoint } = status.applied
  const host = URL.parse(endpoint)?.host ?? 'its endpoint'
  return `its webhook on ${cluster} stays as it is: ${enabled ? 'enabled' : 'disabled'}, to ${host}`
}
