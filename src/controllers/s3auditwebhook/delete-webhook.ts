import { z } from 'zod'

import { webhookFinalizer } from '../../api/annotations.ts'
import {
  parseS3AuditWebhookSpec,
  s3AuditWebhookType,
  type S3AuditWebhook,
  type S3AuditWebhookSpec,
} from '../../api/s3-audit-webhook.ts'
import { isNotFound } from '../../kube/api-error.ts'
import type { Clock } from '../../kube/clock.ts'
import type { ReconcileContext, ReconcileResult } from '../../kube/controller.ts'
import type { EventRecord, EventRecorder } from '../../kube/event-recorder.ts'
import { getObject } from '../../kube/objects.ts'
import { objectName, type ObjectName } from '../../kube/resource.ts'
import type { RestClient } from '../../kube/rest-client.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import { backOff } from '../back-off.ts'
import { setFinalizer } from '../finalizer.ts'
import type { ClusterRegistry } from '../s3cluster/cluster-registry.ts'
import type { ClusterConnection, ClusterState } from '../s3cluster/cluster-state.ts'
import { hostOf } from './decide.ts'
import { withoutQuery } from './difference.ts'
import { drain, leftoverText, nothingLeft, type Leftover } from './drain.ts'

export interface WebhookDeletionOptions {
  readonly client: RestClient
  readonly registry: ClusterRegistry
  readonly hasCluster: (name: ObjectName) => boolean
  readonly ownership: {
    /** The name of the webhook on the cluster. */
    targetName(webhook: ObjectName, cluster: ClusterState): string
  }
  readonly recorder: EventRecorder
  readonly deletionTimeoutMilliseconds: number
  readonly clock: Clock
  readonly random: () => number
}

/** How the clean-up of a deleted webhook ended, as its Event says it. */
type Outcome =
  | { readonly kind: 'Removed'; readonly leftover: Leftover }
  | { readonly kind: 'NothingToDo' }
  | { readonly kind: 'LeftBehind'; readonly why: string }
  | { readonly kind: 'Retry'; readonly afterMilliseconds: number }

/** The pass over a webhook in deletion, and the finalizer that makes it happen. */
export interface WebhookDeletion {
  (webhook: S3AuditWebhook, context: ReconcileContext): Promise<ReconcileResult>
  setFinalizer(
    webhook: S3AuditWebhook,
    options: { readonly present: boolean; readonly signal: AbortSignal },
  ): Promise<void>
}

const namespaceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }
const namespaceShape = z.object({ metadata: z.object({ deletionTimestamp: z.string().optional() }) })

/**
 * Takes the webhook off the cluster, then the finalizer off the resource. When there is nothing left to clean with, or the
 * cluster stays away for the whole deletion timeout, the finalizer goes all the same and an Event says what was left behind:
 * a resource that cannot be deleted helps nobody.
 */
export function createWebhookDeletion(options: WebhookDeletionOptions): WebhookDeletion {
  const { client, registry, recorder, clock, random } = options

  async function pass(webhook: S3AuditWebhook, context: ReconcileContext): Promise<ReconcileResult> {
    if (!(webhook.metadata.finalizers ?? []).includes(webhookFinalizer)) return {}
    const outcome = await cleanUp(webhook, context)
    if (outcome.kind === 'Retry') return { requeueAfterMilliseconds: outcome.afterMilliseconds }
    const event = eventOf(webhook, outcome)
    if (event !== undefined) recorder.record(event)
    if (outcome.kind === 'LeftBehind') context.logger.warn({ why: outcome.why }, 'Webhook left behind on the cluster')
    await setWebhookFinalizer(webhook, { present: false, signal: context.signal })
    return {}
  }

  async function cleanUp(webhook: S3AuditWebhook, context: ReconcileContext): Promise<Outcome> {
    const applied = webhook.status?.applied
    const parsed = parseS3AuditWebhookSpec(webhook.spec)
    if ('problem' in parsed) return { kind: 'LeftBehind', why: 'its spec cannot be read' }
    const { spec } = parsed
    if (spec.suspend) return { kind: 'LeftBehind', why: 'the resource was suspended' }
    if (spec.deletionPolicy === 'Retain' || spec.managementPolicy === 'Observe') return { kind: 'NothingToDo' }

    const { namespace } = objectName(webhook)
    const cluster = { namespace, name: spec.clusterRef.name }
    const connection = registry.lastConnection(cluster)
    if (connection === undefined || (applied !== undefined && connection.identity.id !== applied.clusterId)) {
      const state = registry.get(cluster)
      if (!options.hasCluster(cluster)) return { kind: 'LeftBehind', why: `S3Cluster '${cluster.name}' is gone` }
      if (state.state === 'Unknown') return { kind: 'Retry', afterMilliseconds: 1000 }
      const why = state.state === 'NotReady' ? state.message : 'it leads to another cluster now'
      return retryUntilTimeout(webhook, `S3Cluster '${cluster.name}' cannot be used: ${why}`, 0)
    }
    try {
      return await removeFrom(connection, webhook, spec, context.signal)
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      if (await isTerminating(namespace, context.signal)) return { kind: 'LeftBehind', why: error.message }
      return retryUntilTimeout(webhook, error.message, error.retryAfterMilliseconds ?? 0)
    }
  }

  async function removeFrom(
    connection: ClusterConnection,
    webhook: S3AuditWebhook,
    spec: S3AuditWebhookSpec,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const applied = webhook.status?.applied
    const state = { state: 'Connected', connection } as const
    const key = { targetName: applied?.targetName ?? options.ownership.targetName(objectName(webhook), state) }
    const observed = await connection.provider.read(key, { signal })
    if (observed.state === 'Absent') return { kind: 'NothingToDo' }
    if (connection.type === 'WEKA') {
      // The finalizer comes before the first apply and the status after each: an end in between leaves only the spec to tell by.
      if (applied === undefined && !observed.enabled) return { kind: 'NothingToDo' }
      const isOurs = [applied?.endpoint, withoutQuery(spec.endpoint)].includes(withoutQuery(observed.endpoint))
      if (observed.enabled && !isOurs) {
        return applied === undefined
          ? { kind: 'NothingToDo' }
          : { kind: 'LeftBehind', why: `it was changed by hand and leads to '${hostOf(observed.endpoint)}' now` }
      }
    }
    const terminating = await isTerminating(objectName(webhook).namespace, signal)
    const keepsNothing = terminating || !observed.enabled
    const leftover = keepsNothing ? nothingLeft : await drain({ connection, webhook: key, clock, signal })
    await connection.provider.remove(key, { signal })
    if (observed.overrides.length > 0) {
      const after = await connection.provider.read(key, { signal })
      if (after.state === 'Present' && after.enabled) {
        const why = `the environment of the S3 cluster fixes ${[...after.overrides].sort().join(', ')} of it and keeps it on`
        return { kind: 'LeftBehind', why }
      }
    }
    return { kind: 'Removed', leftover }
  }

  function retryUntilTimeout(webhook: S3AuditWebhook, why: string, atLeast: number): Outcome {
    const since = Date.parse(webhook.metadata.deletionTimestamp ?? '')
    const left = since + options.deletionTimeoutMilliseconds - clock.now()
    if (!(left > 0)) return { kind: 'LeftBehind', why }
    // The longer it lasts, the slower: about every tenth of the time that has passed, within the back-off's bounds.
    const elapsed = options.deletionTimeoutMilliseconds - left
    const failures = 1 + Math.floor(Math.log2(1 + elapsed / 10_000))
    return { kind: 'Retry', afterMilliseconds: Math.min(Math.max(backOff(failures, random), atLeast), left) }
  }

  /** Events cannot be made in a namespace that goes, and nobody will come back to it: one short attempt has to do. */
  async function isTerminating(namespace: string, signal: AbortSignal): Promise<boolean> {
    try {
      const object = await getObject(client, namespaceType, { namespace: '', name: namespace }, { signal })
      return namespaceShape.parse(object).metadata.deletionTimestamp !== undefined
    } catch (error) {
      signal.throwIfAborted()
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

function eventOf(webhook: S3AuditWebhook, outcome: Outcome): EventRecord | undefined {
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
      note: `The webhook stays on the cluster, for ${outcome.why}. Remove it by hand if it is not wanted.`,
    }
  }
  return undefined
}
