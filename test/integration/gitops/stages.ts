import { findCondition } from '../../../src/api/conditions.ts'
import type { Version } from './watch-versions.ts'

/** A stage in the life of a resource, and what GitOps tools are to make of it. */
export interface Stage {
  readonly kind: 'S3Cluster' | 'S3AuditWebhook'
  /** Name of the resource that passes through it. */
  readonly resource: string
  /** Whether a version of the resource is in this stage. */
  readonly is: (version: Version) => boolean
  readonly kstatus: 'InProgress' | 'Current' | 'Failed' | 'Terminating'
  /** What Argo CD shows by the Lua health check. */
  readonly argo: 'Progressing' | 'Healthy' | 'Degraded' | 'Suspended'
  /** By the expressions of `examples/flux`, of webhooks alone: as kstatus, but where it says otherwise. */
  readonly flux?: 'InProgress' | 'Current'
  /** The same for those that ask no more than that the webhook is set: as `flux`, but where it says otherwise. */
  readonly fluxSynced?: 'InProgress' | 'Current'
}

/** Each condition with the wanted status or reason; observed, and not being deleted. */
function shows(want: Readonly<Record<string, string>>): (version: Version) => boolean {
  return ({ metadata, status }) =>
    metadata.deletionTimestamp === undefined &&
    status.observedGeneration === metadata.generation &&
    Object.entries(want).every(([type, wanted]) => {
      const condition = findCondition(status.conditions ?? [], type)
      return condition?.status === wanted || condition?.reason === wanted
    })
}

const isNew = ({ status }: Version): boolean => status.observedGeneration === -1
const isBeingDeleted = ({ metadata }: Version): boolean => metadata.deletionTimestamp !== undefined
const isChanged = ({ metadata, status }: Version): boolean =>
  metadata.generation === 2 && status.observedGeneration === 1

/** In force, and a test event was accepted. */
export function isInForce(version: Version): boolean {
  return shows({ Ready: 'InForce', TargetReachable: 'Accepted' })(version) && version.status.lastTest !== undefined
}

type WebhookStage =
  | 'progressing_created'
  | 'progressing_first_pass'
  | 'healthy_in_force'
  | 'progressing_new_generation'
  | 'progressing_target_away'
  | 'degraded_token_invalid'
  | 'degraded_conflict'
  | 'suspended_in_force'
  | 'suspended_from_the_start'
  | 'healthy_observed'
  | 'healthy_disabled'
  | 'progressing_deleted'

type ClusterStage =
  | 'cluster_progressing_created'
  | 'cluster_healthy_connected'
  | 'cluster_progressing_unreachable'
  | 'cluster_degraded_credentials_rejected'
  | 'cluster_progressing_deleted'

export type StageName = WebhookStage | ClusterStage

const webhooks: Readonly<Record<WebhookStage, Omit<Stage, 'kind'>>> = {
  /** Applied, and no operator has looked at it. */
  progressing_created: { resource: 'created', is: isNew, kstatus: 'InProgress', argo: 'Progressing' },
  /** Seen by the operator, and not yet set or not yet tested. */
  progressing_first_pass: {
    resource: 'steady',
    is: shows({ Ready: 'Progressing', Reconciling: 'Progressing' }),
    kstatus: 'InProgress',
    argo: 'Progressing',
  },
  healthy_in_force: {
    resource: 'steady',
    is: isInForce,
    kstatus: 'Current',
    argo: 'Healthy',
  },
  /** The spec was changed, and the status still speaks of the old one. */
  progressing_new_generation: { resource: 'steady', is: isChanged, kstatus: 'InProgress', argo: 'Progressing' },
  progressing_target_away: {
    resource: 'outage',
    is: shows({ Ready: 'ConnectionRefused', Reconciling: 'ProgressingWithRetry' }),
    kstatus: 'InProgress',
    argo: 'Progressing',
    fluxSynced: 'Current',
  },
  degraded_token_invalid: {
    resource: 'refused',
    is: shows({ Ready: 'TokenInvalid', Stalled: 'TokenInvalid' }),
    kstatus: 'Failed',
    argo: 'Degraded',
    fluxSynced: 'Current',
  },
  degraded_conflict: { resource: 'second', is: shows({ Stalled: 'Conflict' }), kstatus: 'Failed', argo: 'Degraded' },
  /** In force, and then suspended: Ready keeps its word. */
  suspended_in_force: {
    resource: 'steady',
    is: shows({ Suspended: 'Suspended', Ready: 'InForce' }),
    kstatus: 'Current',
    argo: 'Suspended',
  },
  /** Never worked on: kstatus waits for its first word, which a GitOps tool must not. */
  suspended_from_the_start: {
    resource: 'suspended',
    is: shows({ Suspended: 'Suspended', Ready: 'Unknown' }),
    kstatus: 'InProgress',
    argo: 'Suspended',
    flux: 'Current',
  },
  healthy_observed: { resource: 'observed', is: shows({ Ready: 'Observed' }), kstatus: 'Current', argo: 'Healthy' },
  healthy_disabled: { resource: 'disabled', is: shows({ Ready: 'Disabled' }), kstatus: 'Current', argo: 'Healthy' },
  /** While the webhook is taken off the cluster. */
  progressing_deleted: { resource: 'refused', is: isBeingDeleted, kstatus: 'Terminating', argo: 'Progressing' },
}

const clusters: Readonly<Record<ClusterStage, Omit<Stage, 'kind'>>> = {
  cluster_progressing_created: { resource: 'created', is: isNew, kstatus: 'InProgress', argo: 'Progressing' },
  cluster_healthy_connected: {
    resource: 'steady',
    is: shows({ Ready: 'Connected' }),
    kstatus: 'Current',
    argo: 'Healthy',
  },
  cluster_progressing_unreachable: {
    resource: 'unreachable',
    is: shows({ Ready: 'ClusterUnreachable', Reconciling: 'ProgressingWithRetry' }),
    kstatus: 'InProgress',
    argo: 'Progressing',
  },
  cluster_degraded_credentials_rejected: {
    resource: 'rejected',
    is: shows({ Stalled: 'CredentialsRejected' }),
    kstatus: 'Failed',
    argo: 'Degraded',
  },
  /** While a webhook refers to it. */
  cluster_progressing_deleted: { resource: 'outage', is: isBeingDeleted, kstatus: 'Terminating', argo: 'Progressing' },
}

export const stages: Readonly<Record<StageName, Stage>> = Object.fromEntries([
  ...Object.entries(webhooks).map(([name, stage]) => [name, { kind: 'S3AuditWebhook', ...stage }]),
  ...Object.entries(clusters).map(([name, stage]) => [name, { kind: 'S3Cluster', ...stage }]),
]) as Record<StageName, Stage>
