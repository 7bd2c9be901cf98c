import type { S3AuditWebhook } from '../api/s3-audit-webhook.ts'
import type { S3Cluster } from '../api/s3-cluster.ts'
import type { Change, Informer } from '../kube/informer.ts'
import { objectKey, objectName, type KubernetesObject } from '../kube/resource.ts'
import type { AddOptions, WorkQueue } from '../kube/work-queue.ts'
import { referencesOf } from './references-of.ts'
import type { ClusterRegistry } from './s3cluster/cluster-registry.ts'

/** What is there already waits behind what people just changed (controller-runtime's low priority). */
const lowPriority = -100

export interface WatchOptions {
  /** They have synced. */
  readonly clusters: Informer<S3Cluster>
  readonly webhooks: Informer<S3AuditWebhook>
  /** Metadata only; absent with `--secret-access=Get`. */
  readonly secrets: Informer<KubernetesObject> | undefined
  readonly configMaps: Informer<KubernetesObject> | undefined
  readonly registry: ClusterRegistry
  readonly clusterQueue: WorkQueue
  readonly webhookQueue: WorkQueue
  /** Called with the key after its resource, or what decides whether it is still needed, was changed and is in the queue. */
  readonly review: { readonly cluster: (key: string) => void; readonly webhook: (key: string) => void }
}

/**
 * Puts the keys of all resources into the queues, and from then on turns changes of the API server's objects, and of what is known
 * of clusters, into keys to look at.
 */
export function connectWatches(options: WatchOptions): Disposable {
  const { clusters, webhooks, secrets, configMaps, registry, clusterQueue, webhookQueue, review } = options
  const connections = new DisposableStack()

  connections.use(
    clusters.onChange((change) => {
      const key = keyOf(change)
      clusterQueue.add(key)
      review.cluster(key)
      // A cluster that appears or goes is told to its webhooks at once; what it answers comes through the registry.
      if (change.type !== 'Updated') addAll(webhookQueue, webhooks.store.byIndex('cluster', key))
    }),
  )
  connections.use(
    webhooks.onChange((change) => {
      webhookQueue.add(keyOf(change))
      review.webhook(keyOf(change))
      if (change.type === 'Updated') return
      for (const cluster of referencesOf(change.object).clusters) {
        clusterQueue.add(cluster)
        review.cluster(cluster)
      }
      // When an owner goes, whoever waited for the same webhook takes over.
      if (change.type === 'Deleted') addAll(webhookQueue, webhooks.store.list())
    }),
  )
  for (const [informer, index] of [
    [secrets, 'secret'],
    [configMaps, 'configMap'],
  ] as const) {
    if (informer === undefined) continue
    connections.use(
      informer.onChange((change) => {
        const key = keyOf(change)
        addAll(clusterQueue, clusters.store.byIndex(index, key))
        addAll(webhookQueue, webhooks.store.byIndex(index, key))
      }),
    )
  }
  connections.use(registry.onChange((name) => addAll(webhookQueue, webhooks.store.byIndex('cluster', objectKey(name)))))
  addAll(clusterQueue, clusters.store.list(), { priority: lowPriority })
  addAll(webhookQueue, webhooks.store.list(), { priority: lowPriority })
  return connections
}

function addAll(queue: WorkQueue, objects: readonly KubernetesObject[], options: AddOptions = {}): void {
  for (const object of objects) queue.add(objectKey(objectName(object)), options)
}

function keyOf(change: Pick<Change<KubernetesObject>, 'object'>): string {
  return objectKey(objectName(change.object))
}
