import { z } from 'zod'

import { webhookFinalizer } from '../../api/annotations.ts'
import { parseS3AuditWebhookSpec, s3AuditWebhookType, type S3AuditWebhook } from '../../api/s3-audit-webhook.ts'
import { isForbidden, isNotFound } from '../../kube/api-error.ts'
import type { Clock } from '../../kube/clock.ts'
import type { ReconcileContext, ReconcileResult } from '../../kube/controller.ts'
import type { EventRecord, EventRecorder } from '../../kube/event-recorder.ts'
import { getObject } from '../../kube/objects.ts'
import { objectKey, objectName, type ObjectName } from '../../kube/resource.ts'
import type { RestClient } from '../../kube/rest-client.ts'
import type { Store } from '../../kube/store.ts'
import type { LeftBehindReason } from '../../observability/deletion-metrics.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import { setFinalizer } from '../finalizer.ts'
import type { ClusterRegistry } from '../s3cluster/cluster-registry.ts'
import type { ClusterConnection, ClusterState } from '../s3cluster/cluster-state.ts'
import {
  decideAfterFailure,
  decideDeletion,
  namespaceLookMilliseconds,
  type DeletionDecision,
  type DeletionInputs,
} from './decide-deletion.ts'
import { hostOf } from './decide.ts'
import { leftoverText } from './drain.ts'
import type { WebhookMemory } from './memory.ts'
import { removeWebhook, type Removal } from './remove-webhook.ts'
import { whileNamespaceStays } from './while-namespace-stays.ts'

export interface WebhookDeletionOptions {
  readonly client: RestClient
  readonly webhooks: Store<S3AuditWebhook>
  readonly registry: ClusterRegistry
  readonly hasCluster: (name: ObjectName) => boolean
  /** Asks for another look at a cluster that stopped answering. */
  readonly checkCluster: (name: ObjectName) => void
  readonly ownerBefore: (webhook: S3AuditWebhook, cluster: ClusterState) => ObjectName | undefined
  readonly recorder: EventRecorder
  readonly metrics: { leftBehind(reason: LeftBehindReason): void }
  readonly deletionTimeoutMilliseconds: number
  readonly clock: Clock
  readonly random: () => number
}

type Outcome = Removal | Extract<DeletionDecision, { readonly kind: 'Wait' }>
type Memory = Pick<WebhookMemory, 'deletionAttempt' | 'releasedUid'>

/** The pass over a webhook in deletion, and the finalizer that makes it happen. */
export interface WebhookDeletion {
  (webhook: S3AuditWebhook, memory: Memory, context: ReconcileContext): Promise<ReconcileResult>
  setFinalizer(
    webhook: S3AuditWebhook,
    options: { readonly present: boolean; readonly signal: AbortSignal },
  ): Promise<void>
}

const namespaceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }
const namespaceShape = z.object({ metadata: z.object({ deletionTimestamp: z.string().optional() }) })

/**
 * Takes the webhook off the cluster, then the finalizer off the resource. When there is nothing left to clean with, or the
 * cluster stays away for the whole deletion timeout, the finalizer goes all the same, and log, metric and an Event say what was
 * left behind: a resource that cannot be deleted helps nobody.
 */
export function createWebhookDeletion(options: WebhookDeletionOptions): WebhookDeletion {
  const { client, registry, recorder, metrics, clock, random } = options
  /** They did not answer when a namespace went; whoever else goes with it need not wait for them too. */
  const unanswered = new WeakSet<ClusterConnection>()
  /** Namespaces of which the log has told that no right to read them was granted. */
  const unreadable = new Set<string>()

  async function pass(webhook: S3AuditWebhook, memory: Memory, context: ReconcileContext): Promise<ReconcileResult> {
    const { uid, finalizers = [] } = webhook.metadata
    // The cache may show the finalizer for a while after it was taken off: that is not to be counted, or cleaned up, again.
    if (!finalizers.includes(webhookFinalizer)) memory.releasedUid = uid
    if (memory.releasedUid === uid) return {}
    const namespaceGoes = await isGoing(objectName(webhook).namespace, context)
    return await attempt(gather(webhook, memory, namespaceGoes), memory, context)
  }

  async function attempt(inputs: DeletionInputs, memory: Memory, context: ReconcileContext): Promise<ReconcileResult> {
    const { resource, namespaceGoes } = inputs
    const outcome = await cleanUp(inputs, memory, context)
    if (outcome === 'NamespaceGoes') return await attempt(gather(resource, memory, true), memory, context)
    if (outcome.kind === 'Wait') return { requeueAfterMilliseconds: Math.max(outcome.milliseconds, 100) }
    if (outcome.kind === 'LeftBehind') {
      const { reason, why } = outcome
      context.logger.warn({ reason, why, ...whereabouts(resource) }, 'Webhook left behind on the cluster')
    }
    const event = eventOf(resource, outcome)
    // Events cannot be made in a namespace that goes.
    if (event !== undefined && !namespaceGoes) recorder.record(event)
    await setWebhookFinalizer(resource, { present: false, signal: context.signal })
    memory.releasedUid = resource.metadata.uid
    // Last: a pass that fails before is repeated, and counts once.
    if (outcome.kind === 'LeftBehind') metrics.leftBehind(outcome.reason)
    return {}
  }

  function gather(resource: S3AuditWebhook, memory: Memory, namespaceGoes: boolean): DeletionInputs {
    const cluster = clusterOf(resource)
    const connection = cluster === undefined ? undefined : registry.lastConnection(cluster)
    const exists = cluster !== undefined && options.hasCluster(cluster)
    return {
      resource,
      cluster: exists ? registry.get(cluster) : { state: 'NotFound' },
      connection,
      isAnothers: connection !== undefined && isAnothers(resource, { state: 'Connected', connection }),
      namespaceGoes,
      isUnanswered: connection !== undefined && unanswered.has(connection),
      lastAttempt: memory.deletionAttempt,
      deletionTimeoutMilliseconds: options.deletionTimeoutMilliseconds,
      now: clock.now(),
      monotonic: clock.monotonic(),
    }
  }

  /** An owner that never put it in force has nothing on the cluster yet: what is there is still this resource's. */
  function isAnothers(resource: S3AuditWebhook, cluster: Extract<ClusterState, { state: 'Connected' }>): boolean {
    const owner = options.ownerBefore(resource, cluster)
    const applied = owner === undefined ? undefined : options.webhooks.get(objectKey(owner))?.status?.applied
    return applied?.clusterId === cluster.connection.identity.id
  }

  async function cleanUp(
    inputs: DeletionInputs,
    memory: Memory,
    context: ReconcileContext,
  ): Promise<Outcome | 'NamespaceGoes'> {
    const decision = decideDeletion(inputs)
    if (decision.kind !== 'Remove') return decision
    try {
      return await remove(inputs, decision, context)
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      const { code, message, retryAfterMilliseconds } = error
      if (code === 'ClusterUnreachable' && inputs.namespaceGoes) unanswered.add(decision.connection)
      const ended = { ...inputs, now: clock.now(), monotonic: clock.monotonic() }
      const next = decideAfterFailure(ended, { reason: code, why: message, retryAfterMilliseconds }, random)
      if (next.kind === 'Wait') {
        memory.deletionAttempt = next.attempt
        context.logger.warn({ reason: code, why: message }, 'Webhook could not be removed, it is tried again')
        const cluster = clusterOf(inputs.resource)
        if (code === 'ClusterUnreachable' && cluster !== undefined) options.checkCluster(cluster)
      }
      return next
    }
  }

  async function remove(
    { resource, namespaceGoes }: DeletionInputs,
    { connection, spec }: Extract<DeletionDecision, { readonly kind: 'Remove' }>,
    context: ReconcileContext,
  ): Promise<Removal | 'NamespaceGoes'> {
    const name = objectName(resource)
    const targetName = resource.status?.applied?.targetName ?? connection.targetName(name)
    const removal = { connection, resource, spec, webhook: { targetName }, inHaste: namespaceGoes, clock }
    if (namespaceGoes) return await removeWebhook({ ...removal, signal: context.signal })
    return await whileNamespaceStays(
      {
        isGoing: (signal) => isGoing(name.namespace, { signal, logger: context.logger }),
        lookMilliseconds: namespaceLookMilliseconds,
        clock,
        signal: context.signal,
      },
      (signal) => removeWebhook({ ...removal, signal }),
    )
  }

  async function isGoing(
    namespace: string,
    { signal, logger }: Pick<ReconcileContext, 'signal' | 'logger'>,
  ): Promise<boolean> {
    try {
      const object = await getObject(client, namespaceType, { namespace: '', name: namespace }, { signal })
      return namespaceShape.parse(object).metadata.deletionTimestamp !== undefined
    } catch (error) {
      signal.throwIfAborted()
      if (isForbidden(error) && !unreadable.has(namespace)) {
        unreadable.add(namespace)
        logger.warn({ err: error }, 'Deletion is not hurried when the namespace goes: grant get on it')
      }
      // Without the right to read namespaces the usual patience applies.
      return isNotFound(error)
    }
  }

  async function setWebhookFinalizer(
    webhook: S3AuditWebhook,
    { present, signal }: { readonly present: boolean; readonly signal: AbortSignal },
  ): Promise<void> {
    await setFinalizer(client, s3AuditWebhookType, webhook, { finalizer: webhookFinalizer, present, signal })
  }

  return Object.assign(pass, { setFinalizer: setWebhookFinalizer })
}

/** Undefined where the spec cannot be read. */
function clusterOf(webhook: S3AuditWebhook): ObjectName | undefined {
  const parsed = parseS3AuditWebhookSpec(webhook.spec)
  if ('problem' in parsed) return undefined
  return { namespace: objectName(webhook).namespace, name: parsed.spec.clusterRef.name }
}

/** Where somebody who reads the log finds the webhook when its resource is gone. */
function whereabouts(webhook: S3AuditWebhook): object {
  const cluster = clusterOf(webhook)
  const applied = webhook.status?.applied
  return {
    ...(cluster === undefined ? {} : { cluster: cluster.name }),
    ...(applied === undefined
      ? {}
      : { clusterId: applied.clusterId, targetName: applied.targetName, endpointHost: hostOf(applied.endpoint) }),
  }
}

function eventOf(webhook: S3AuditWebhook, outcome: Removal): EventRecord | undefined {
  const base = {
    action: 'Delete',
    regarding: {
      apiVersion: 's3audit.dev/v1alpha1',
      kind: 'S3AuditWebhook',
      namespace: webhook.metadata.namespace ?? '',
      name: webhook.metadata.name,
      uid: webhook.metadata.uid ?? '',
    },
  }
  if (outcome.kind === 'Removed') {
    const lost = leftoverText(outcome.leftover)
    return {
      ...base,
      type: 'Normal',
      reason: 'WebhookRemoved',
      note: `The webhook was taken off the cluster.${lost === undefined ? '' : ` ${lost}`}`,
    }
  }
  if (outcome.kind === 'LeftBehind') {
    return {
      ...base,
      type: 'Warning',
      reason: 'WebhookLeftBehind',
      note: `The webhook stays on the cluster. ${outcome.why} Remove it by hand if it is not wanted.`,
    }
  }
  return undefined
}
