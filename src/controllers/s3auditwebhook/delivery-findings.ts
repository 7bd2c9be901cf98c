import { findCondition } from '../../api/conditions.ts'
import type { DeliveringReason } from '../../api/reasons.ts'
import type { S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import type { S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { ClusterState } from '../s3cluster/cluster-state.ts'
import { bufferFinding } from './buffer-finding.ts'
import type { DeliverySnapshot } from './delivery-snapshot.ts'
import type { BufferFinding, DeliveryFinding, TargetFinding } from './findings.ts'

export interface DeliveryInput {
  readonly spec: S3AuditWebhookSpec
  readonly status: S3AuditWebhookStatus | undefined
  readonly cluster: ClusterState
  readonly target: TargetFinding
  readonly snapshot: DeliverySnapshot | undefined
  /** Events per minute at one node as the cluster last told them. */
  readonly eventRate: number | undefined
  /** RFC 3339. */
  readonly now: string
}

/** What `Delivering` and `BufferHealthy` say. Pure. */
export function deliveryFindings(input: DeliveryInput): {
  readonly delivery: DeliveryFinding
  readonly buffer: BufferFinding
} {
  const idle = idleFinding(input)
  if (idle !== undefined) return idle
  const delivery = deliveryFinding(input)
  return { delivery, buffer: bufferFinding({ ...input, delivery }) }
}

function idleFinding({ spec }: DeliveryInput): ReturnType<typeof deliveryFindings> | undefined {
  if (!spec.suspend && spec.enabled) return undefined
  const reason = spec.suspend ? 'Suspended' : 'Disabled'
  const message = spec.suspend ? 'Not asked while suspended.' : 'Nothing is sent while `spec.enabled` is false.'
  return { delivery: { reason, message }, buffer: { reason, message } }
}

function deliveryFinding({ status, cluster, snapshot }: DeliveryInput): DeliveryFinding {
  const type = cluster.state === 'Connected' ? cluster.connection.type : undefined
  if (type === 'WEKA') return { reason: 'NotReported', message: 'WEKA tells nothing about its deliveries.' }
  if (snapshot?.unanswered !== undefined) return { reason: 'ClusterUnreachable', message: snapshot.unanswered.message }
  const notAsked: DeliveryFinding = { reason: 'Progressing', message: 'The S3 cluster has not been asked yet.' }
  if (isConnecting(cluster)) return notAsked
  if (type === undefined) return { reason: 'ClusterUnreachable', message: 'The S3 cluster cannot be asked.' }
  if (snapshot?.latest?.notReported === true) {
    const message = 'This version of the S3 cluster tells nothing about its deliveries: upgrade it.'
    return { reason: 'NotReported', message }
  }
  if (snapshot?.judgement !== undefined) return snapshot.judgement
  // Nothing can be judged yet, as after a restart: what was known still stands.
  const last = findCondition(status?.conditions ?? [], 'Delivering')
  if (last !== undefined && isReport(last.reason)) return { reason: last.reason, message: last.message }
  return notAsked
}

/** It has neither answered nor failed to. */
function isConnecting(cluster: ClusterState): boolean {
  return cluster.state === 'Unknown' || (cluster.state === 'NotReady' && cluster.reason === 'Progressing')
}

const reports = ['ClusterDelivers', 'ClusterReportsOffline', 'SendsFailing', 'QueueGrowing', 'NothingSentYet'] as const

function isReport(reason: string): reason is DeliveringReason {
  return reports.some((known) => known === reason)
}
