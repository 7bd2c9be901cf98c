import type { ClusterReason } from '../../api/reasons.ts'
import { parseS3AuditWebhookSpec, type S3AuditWebhook, type S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import { leftBehindReasons, type LeftBehindReason } from '../../observability/deletion-metrics.ts'
import type { ProviderErrorCode } from '../../providers/provider-error.ts'
import { backOff } from '../back-off.ts'
import type { ClusterConnection, ClusterState } from '../s3cluster/cluster-state.ts'

/** A removal that failed, and when to try again. */
export interface DeletionAttempt {
  /** What it was tried with; with anything else it is worth another try at once. */
  readonly key: string
  readonly failures: number
  /** Monotonic milliseconds. */
  readonly dueAt: number
}

/** What a pass over a webhook in deletion goes by, gathered once. */
export interface DeletionInputs {
  readonly resource: S3AuditWebhook
  readonly cluster: ClusterState
  /** The connection in use, or the one of an earlier success. */
  readonly connection: ClusterConnection | undefined
  /** Another resource has put the same webhook in force and owns it. */
  readonly isAnothers: boolean
  /** Nobody will come back to it, and what is in it is to be gone within seconds. */
  readonly namespaceGoes: boolean
  /** The cluster left a removal without an answer when this namespace began to go. */
  readonly isUnanswered: boolean
  readonly lastAttempt: DeletionAttempt | undefined
  readonly deletionTimeoutMilliseconds: number
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly monotonic: number
}

export interface LeftBehind {
  readonly kind: 'LeftBehind'
  readonly reason: LeftBehindReason
  /** A sentence. */
  readonly why: string
}

export type DeletionDecision =
  | { readonly kind: 'NothingToDo' }
  | LeftBehind
  | { readonly kind: 'Remove'; readonly connection: ClusterConnection; readonly spec: S3AuditWebhookSpec }
  | { readonly kind: 'Wait'; readonly milliseconds: number }

/** Why the webhook cannot be removed now. */
export interface Obstacle {
  readonly reason: ClusterReason | ProviderErrorCode
  /** A sentence. */
  readonly why: string
  readonly retryAfterMilliseconds?: number | undefined
}

/** How often a deletion that waits looks whether the namespace goes: nothing tells that of an object already in deletion. */
export const namespaceLookMilliseconds = 5_000
/** After a start of the operator, for the first answer of a cluster, when the namespace goes. */
const firstAnswerMilliseconds = 15_000
const unknownClusterMilliseconds = 1_000

/** Decides one pass over a webhook in deletion. Pure. */
export function decideDeletion(inputs: DeletionInputs): DeletionDecision {
  const { resource, connection, lastAttempt, namespaceGoes } = inputs
  const parsed = parseS3AuditWebhookSpec(resource.spec)
  if ('problem' in parsed) return leftBehind('InvalidSpec', 'Its spec cannot be read.')
  const { spec } = parsed
  if (spec.suspend) return leftBehind('Suspended', 'The resource was suspended.')
  if (spec.deletionPolicy === 'Retain' || spec.managementPolicy === 'Observe') return { kind: 'NothingToDo' }

  const clusterId = resource.status?.applied?.clusterId
  if (connection === undefined || (clusterId !== undefined && connection.identity.id !== clusterId)) {
    return withoutConnection(inputs, spec.clusterRef.name)
  }
  if (inputs.isAnothers) return { kind: 'NothingToDo' }
  if (namespaceGoes && inputs.isUnanswered) {
    return leftBehind('ClusterUnreachable', `S3Cluster '${spec.clusterRef.name}' does not answer.`)
  }
  const isRepeat = lastAttempt?.key === attemptKey(inputs)
  if (namespaceGoes || !isRepeat || inputs.monotonic >= lastAttempt.dueAt) return { kind: 'Remove', connection, spec }
  return wait(inputs, lastAttempt.dueAt - inputs.monotonic)
}

/**
 * What follows when the removal failed: in a namespace that goes, or when the deletion timeout is over, the webhook stays; else it
 * is tried again with growing delays.
 */
export function decideAfterFailure(
  inputs: DeletionInputs,
  obstacle: Obstacle,
  random: () => number,
): LeftBehind | { readonly kind: 'Wait'; readonly milliseconds: number; readonly attempt: DeletionAttempt } {
  const { lastAttempt, monotonic } = inputs
  const givenUp = giveUp(inputs, obstacle)
  if (givenUp !== undefined) return givenUp
  const key = attemptKey(inputs)
  const failures = lastAttempt?.key === key ? lastAttempt.failures + 1 : 1
  const delay = Math.min(Math.max(backOff(failures, random), obstacle.retryAfterMilliseconds ?? 0), timeLeft(inputs))
  return { ...wait(inputs, delay), attempt: { key, failures, dueAt: monotonic + delay } }
}

function withoutConnection(inputs: DeletionInputs, name: string): DeletionDecision {
  const { cluster } = inputs
  switch (cluster.state) {
    case 'NotFound':
      return leftBehind('ClusterNotFound', `S3Cluster '${name}' is gone.`)
    case 'Unknown': {
      const since = deletedAt(inputs)
      const patience = inputs.namespaceGoes ? firstAnswerMilliseconds : inputs.deletionTimeoutMilliseconds
      if (inputs.now < since + patience) return { kind: 'Wait', milliseconds: unknownClusterMilliseconds }
      return leftBehind('ClusterNotReady', `S3Cluster '${name}' has not answered since the operator started.`)
    }
    case 'NotReady': {
      const why = `S3Cluster '${name}' cannot be used: ${cluster.message}`
      // Without credentials there is nothing to wait for.
      if (cluster.reason === 'SecretNotFound') return leftBehind('SecretNotFound', why)
      return giveUp(inputs, { reason: cluster.reason, why }) ?? wait(inputs, namespaceLookMilliseconds)
    }
    default: {
      const why = `S3Cluster '${name}' leads to another cluster now.`
      return giveUp(inputs, { reason: 'ClusterIdentityChanged', why }) ?? wait(inputs, namespaceLookMilliseconds)
    }
  }
}

function giveUp(inputs: DeletionInputs, { reason, why }: Obstacle): LeftBehind | undefined {
  if (!inputs.namespaceGoes && timeLeft(inputs) > 0) return undefined
  return leftBehind(leftBehindReasons.find((known) => known === reason) ?? 'ClusterNotReady', why)
}

function wait(inputs: DeletionInputs, milliseconds: number): { readonly kind: 'Wait'; readonly milliseconds: number } {
  return { kind: 'Wait', milliseconds: Math.min(milliseconds, namespaceLookMilliseconds, timeLeft(inputs)) }
}

/** A change of the resource, or a cluster that came back, makes another. */
function attemptKey({ resource, connection }: DeletionInputs): string {
  return JSON.stringify([resource.metadata.uid, resource.metadata.generation, connection?.epoch])
}

/** Milliseconds of the deletion timeout; 0 when it is over. */
function timeLeft(inputs: DeletionInputs): number {
  return Math.max(0, deletedAt(inputs) + inputs.deletionTimeoutMilliseconds - inputs.now)
}

/** A time that cannot be read has nothing to wait for. */
function deletedAt({ resource }: DeletionInputs): number {
  const time = Date.parse(resource.metadata.deletionTimestamp ?? '')
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time
}

function leftBehind(reason: LeftBehindReason, why: string): LeftBehind {
  return { kind: 'LeftBehind', reason, why }
}
