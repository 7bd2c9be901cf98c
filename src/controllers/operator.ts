import type { S3AuditWebhookStatus } from '../api/s3-audit-webhook-status.ts'
import { s3AuditWebhookType, type S3AuditWebhook } from '../api/s3-audit-webhook.ts'
import { s3ClusterType, type S3Cluster, type S3ClusterStatus } from '../api/s3-cluster.ts'
import type { Clock } from '../kube/clock.ts'
import { createController } from '../kube/controller.ts'
import type { EventRecorder } from '../kube/event-recorder.ts'
import { createInformer, type Informer } from '../kube/informer.ts'
import type { Logger } from '../kube/logger.ts'
import { objectKey, type KubernetesObject, type ResourceType } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'
import type { RuntimeMetrics } from '../kube/runtime-metrics.ts'
import { createWorkQueue } from '../kube/work-queue.ts'
import type { HttpClientFactory } from '../net/http-client.ts'
import type { TestObserver } from '../target/target-monitor.ts'
import { createInstallationIdReader } from './installation-id.ts'
import { limitPasses } from './limit-passes.ts'
import { referencesOf } from './references-of.ts'
import { createReferenceReader, configMapType, secretType } from './references.ts'
import { claimIndexes, findOwner } from './s3auditwebhook/claims.ts'
import { createDeliveryMonitor, type DeliveryObserver } from './s3auditwebhook/delivery-monitor.ts'
import { createTargetTests } from './s3auditwebhook/target-tests.ts'
import { createWebhookReconciler, type WebhookMetrics } from './s3auditwebhook/webhook-reconciler.ts'
import { createClusterRegistry } from './s3cluster/cluster-registry.ts'
import { type ClusterRequest, createProviderFactory } from './s3cluster/create-provider.ts'
import { createS3ClusterReconciler, type S3ClusterMetrics } from './s3cluster/s3cluster-reconciler.ts'
import { createStatusWriter } from './status-writer.ts'
import { connectWatches } from './watches.ts'

export interface OperatorOptions {
  readonly client: RestClient
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[]
  /** `Watch`: metadata of Secrets and ConfigMaps is watched, a rotation is seen at once. `Get`: at the next read-back. */
  readonly secretAccess: 'Watch' | 'Get'
  /** Passes at a time, of each kind. */
  readonly concurrency: number
  readonly deletionTimeoutMilliseconds: number
  /** Tells the webhooks of two Kubernetes clusters apart on one MinIO. Undefined: the uid of the namespace kube-system. */
  readonly installationId: string | undefined
  readonly httpClients: HttpClientFactory
  readonly recorder: EventRecorder
  readonly runtimeMetrics: RuntimeMetrics
  readonly webhookMetrics: WebhookMetrics
  readonly clusterMetrics: S3ClusterMetrics
  readonly onClusterRequest: (request: ClusterRequest) => void
  readonly testObserver: TestObserver
  readonly deliveryObserver: DeliveryObserver
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly newId: () => string
  readonly version: string
}

export interface Operator {
  /**
   * Fills its caches, waits for its turn, then reconciles until aborted; resolves when all work has ended.
   * @throws the signal's reason when aborted before its turn; other errors when something that must run ended.
   */
  run(signal: AbortSignal, turn: Turn): Promise<void>
  /** By name: true, or what is not ready. */
  readonly readiness: Readonly<Record<string, () => true | string>>
}

/**
 * Called when the caches have synced. Work begins when it resolves, and is aborted without a grace by the signal that it gives.
 * @throws the signal's reason when aborted.
 */
export type Turn = (signal: AbortSignal) => Promise<AbortSignal>

/** An apply may wait a minute for a queue to drain and three for S3 containers to come back. */
const webhookTimeoutMilliseconds = 360_000
const clusterTimeoutMilliseconds = 120_000
/** So that no S3 cluster with many webhooks keeps all workers waiting. More than calls, for a pass may wait for other things too. */
const passesOfCluster = 4

/** Builds the two controllers and what they share. */
export function createOperator(options: OperatorOptions): Operator {
  const { client, clock, random, logger, runtimeMetrics: metrics, httpClients } = options
  const watched = { client, namespaces: options.namespaces, clock, random, logger, metrics }
  const indexes = {
    secret: (object: S3Cluster | S3AuditWebhook) => referencesOf(object).secrets,
    configMap: (object: S3Cluster | S3AuditWebhook) => referencesOf(object).configMaps,
  }
  const clusters = createInformer<S3Cluster>({ ...watched, type: s3ClusterType, indexes })
  const webhooks = createInformer<S3AuditWebhook>({
    ...watched,
    type: s3AuditWebhookType,
    indexes: { ...indexes, ...claimIndexes },
  })
  const references = (type: ResourceType): Informer<KubernetesObject> | undefined =>
    options.secretAccess === 'Watch' ? createInformer({ ...watched, type, metadataOnly: true }) : undefined
  const secrets = references(secretType)
  const configMaps = references(configMapType)
  const informers: Readonly<Record<string, Informer<KubernetesObject>>> = {
    s3clusters: clusters,
    s3auditwebhooks: webhooks,
    ...(secrets === undefined ? {} : { secrets }),
    ...(configMaps === undefined ? {} : { configmaps: configMaps }),
  }

  const clusterQueue = createWorkQueue({ name: 's3cluster', clock, metrics, random })
  const webhookQueue = createWorkQueue({ name: 's3auditwebhook', clock, metrics, random })
  const registry = createClusterRegistry()
  const reader = createReferenceReader({ client, clock })
  const enqueue = (key: string): void => webhookQueue.add(key)
  const clusterOf = (key: string): string | undefined => {
    const webhook = webhooks.store.get(key)
    return webhook === undefined ? undefined : referencesOf(webhook).clusters[0]
  }
  const targets = createTargetTests({
    httpClients,
    clock,
    random,
    newId: options.newId,
    version: options.version,
    observer: options.testObserver,
    logger,
    onChange: enqueue,
  })
  const deliveries = createDeliveryMonitor({
    clock,
    random,
    logger,
    observer: options.deliveryObserver,
    onChange: enqueue,
  })
  const clusterReconciler = createS3ClusterReconciler({
    client,
    clusters: clusters.store,
    webhooksOf: (name) => webhooks.store.byIndex('cluster', objectKey(name)).length,
    registry,
    reader,
    readInstallationId: createInstallationIdReader({ client, configured: options.installationId }),
    createProvider: createProviderFactory({ httpClients, clock, random, logger, onRequest: options.onClusterRequest }),
    statuses: createStatusWriter<S3ClusterStatus>({ client, type: s3ClusterType }),
    metrics: options.clusterMetrics,
    clock,
    random,
  })
  const webhookReconciler = createWebhookReconciler({
    client,
    webhooks: webhooks.store,
    hasCluster: (name) => clusters.store.get(objectKey(name)) !== undefined,
    registry,
    checkCluster: (name) => clusterQueue.add(objectKey(name)),
    ownerBefore: (webhook, cluster) => findOwner(webhook, cluster, { webhooks: webhooks.store, registry }),
    reader,
    statuses: createStatusWriter<S3AuditWebhookStatus>({ client, type: s3AuditWebhookType }),
    targets,
    deliveries,
    recorder: options.recorder,
    metrics: options.webhookMetrics,
    deletionTimeoutMilliseconds: options.deletionTimeoutMilliseconds,
    clock,
    random,
  })
  const controllers = [
    {
      name: 's3cluster',
      queue: clusterQueue,
      reconcile: clusterReconciler.reconcile,
      timeout: clusterTimeoutMilliseconds,
    },
    {
      name: 's3auditwebhook',
      queue: webhookQueue,
      reconcile: limitPasses(webhookReconciler.reconcile, {
        limit: passesOfCluster,
        groupOf: clusterOf,
        enqueue,
      }),
      timeout: webhookTimeoutMilliseconds,
    },
  ].map(({ name, queue, reconcile, timeout }) =>
    createController({
      name,
      queue,
      reconcile,
      concurrency: options.concurrency,
      reconcileTimeoutMilliseconds: timeout,
      clock,
      logger,
      metrics,
      newId: options.newId,
    }),
  )

  return {
    async run(signal, turn) {
      await using stack = new AsyncDisposableStack()
      // Caches outlive the workers, so that passes in work end with what they started with.
      const caches = new AbortController()
      stack.defer(() => caches.abort())
      // A pass that is due in five minutes would keep the process alive until then.
      stack.defer(() => {
        clusterQueue.shutDown()
        webhookQueue.shutDown()
      })
      stack.use(clusterReconciler)
      stack.use(targets)
      stack.use(deliveries)
      const watching = Object.values(informers).map((informer) => informer.run(caches.signal))
      await Promise.race([
        Promise.all(Object.values(informers).map((informer) => informer.waitForSync(signal))),
        ...watching,
      ])
      logger.info({ clusters: clusters.store.size, webhooks: webhooks.store.size }, 'Caches synced')
      const abort = await turn(signal)
      const review = { cluster: clusterReconciler.review, webhook: webhookReconciler.review }
      stack.use(
        connectWatches({ clusters, webhooks, secrets, configMaps, registry, clusterQueue, webhookQueue, review }),
      )
      await Promise.all(controllers.map((controller) => controller.run(signal, abort)))
      caches.abort()
      await Promise.all(watching)
    },
    readiness: Object.fromEntries(
      Object.entries(informers).map(([name, informer]) => [
        name,
        () => {
          if (informer.isFresh()) return true
          const refusal = informer.refusal()
          if (refusal !== undefined) return isReference(name) ? `${refusal}, or set --secret-access=Get` : refusal
          if (!informer.hasSynced()) return 'not listed yet'
          return 'the watch is silent: the API server was not heard for three minutes'
        },
      ]),
    ),
  }
}

function isReference(informer: string): boolean {
  return informer === 'secrets' || informer === 'configmaps'
}
