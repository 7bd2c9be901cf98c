import { type Condition, findCondition, removeCondition, setCondition } from '../../api/conditions.ts'
import type { SyncedReason, TargetReason } from '../../api/reasons.ts'
import type { S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import type { S3AuditWebhook, S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import { withProgress, type Progress } from '../kstatus.ts'
import type { BufferFinding, DeliveryFinding, TargetFinding } from './findings.ts'
import { bufferStatus, deliveringStatus, isMisconfiguration, isStalledReason, targetStatus } from './reason-status.ts'

/** What a pass found and did, ready to be told. */
export interface Findings {
  readonly synced: { readonly status: Condition['status']; readonly reason: SyncedReason; readonly message: string }
  readonly target: TargetFinding
  readonly delivery: DeliveryFinding
  readonly buffer: BufferFinding
  /** Absent: what the previous status says stays. */
  readonly applied?: S3AuditWebhookStatus['applied']
  readonly handledReconcileRequest?: string
}

interface Ready {
  readonly status: Condition['status']
  readonly reason: string
  readonly message: string
}

/**
 * The status after a pass. Pure: equal to the previous status when nothing changed, so that nothing is written.
 * @param now RFC 3339, whole seconds.
 */
export function report(
  webhook: S3AuditWebhook,
  spec: Pick<S3AuditWebhookSpec, 'enabled' | 'suspend' | 'managementPolicy'>,
  previous: S3AuditWebhookStatus | undefined,
  findings: Findings,
  now: string,
): S3AuditWebhookStatus {
  const observedGeneration = webhook.metadata.generation ?? 0
  const { synced, target, delivery, buffer } = findings
  const ready = readiness(spec, previous, findings)
  let conditions: readonly Condition[] = previous?.conditions ?? []
  const set = (type: string, status: Condition['status'], reason: string, message: string): void => {
    conditions = setCondition(conditions, { type, status, reason, message, observedGeneration }, now)
  }
  set('Ready', ready.status, ready.reason, ready.message)
  set('Synced', synced.status, synced.reason, synced.message)
  set('TargetReachable', targetStatus(target), target.reason, target.message)
  set('Delivering', deliveringStatus(delivery.reason), delivery.reason, delivery.message)
  set('BufferHealthy', bufferStatus(buffer.reason), buffer.reason, buffer.message)
  if (spec.suspend) set('Suspended', 'True', 'Suspended', synced.message)
  else conditions = removeCondition(conditions, 'Suspended')
  conditions = withProgress(conditions, progress(spec, ready, findings), { observedGeneration, now })

  const applied = findings.applied ?? previous?.applied
  const lastTest = (target.tested ? target.lastTest : undefined) ?? previous?.lastTest
  const handledTest = (target.tested ? target.handledTestRequest : undefined) ?? previous?.lastHandledTestRequest
  const handledReconcile = findings.handledReconcileRequest ?? previous?.lastHandledReconcileRequest
  const targetBlock = targetOf(target, previous, now)
  return {
    observedGeneration,
    conditions: [...conditions],
    ...(applied === undefined ? {} : { applied }),
    ...(targetBlock === undefined ? {} : { target: targetBlock }),
    ...(buffer.status === undefined ? {} : { buffer: buffer.status }),
    ...(lastTest === undefined ? {} : { lastTest }),
    ...(handledTest === undefined ? {} : { lastHandledTestRequest: handledTest }),
    ...(handledReconcile === undefined ? {} : { lastHandledReconcileRequest: handledReconcile }),
  }
}

function readiness(
  spec: Pick<S3AuditWebhookSpec, 'enabled' | 'suspend' | 'managementPolicy'>,
  previous: S3AuditWebhookStatus | undefined,
  { synced, target, delivery }: Findings,
): Ready {
  if (spec.suspend) {
    // A GitOps wait must not hang on a resource that is paused on purpose: Ready keeps its last word.
    const last = findCondition(previous?.conditions ?? [], 'Ready')
    return last ?? { status: 'Unknown', reason: 'Suspended', message: synced.message }
  }
  if (synced.status !== 'True') return synced
  if (!spec.enabled) return { status: 'True', reason: 'Disabled', message: synced.message }
  const reachable = targetStatus(target)
  if (reachable === 'False') return { status: 'False', reason: target.reason, message: target.message }
  if (reachable === 'Unknown' && target.tested) {
    return { status: 'Unknown', reason: 'Progressing', message: target.message }
  }
  if (deliveringStatus(delivery.reason) === 'False') {
    return { status: 'False', reason: delivery.reason, message: delivery.message }
  }
  if (spec.managementPolicy === 'Observe') return { status: 'True', reason: 'Observed', message: synced.message }
  return { status: 'True', reason: 'InForce', message: synced.message }
}

function progress(spec: Pick<S3AuditWebhookSpec, 'enabled' | 'suspend'>, ready: Ready, findings: Findings): Progress {
  if (spec.suspend || ready.status === 'True') return { state: 'Current' }
  const { synced, target } = findings
  if (synced.status === 'False' && isStalledReason(synced.reason)) {
    return { state: 'Stalled', reason: synced.reason, message: synced.message }
  }
  if (synced.status === 'True' && targetStatus(target) === 'False' && isMisconfiguration(target.reason)) {
    return { state: 'Stalled', reason: target.reason, message: target.message }
  }
  return { state: 'InProgress', retrying: ready.status === 'False', message: ready.message }
}

function targetOf(
  target: TargetFinding,
  previous: S3AuditWebhookStatus | undefined,
  now: string,
): S3AuditWebhookStatus['target'] {
  if (!target.tested) {
    const last = previous?.target
    return {
      state: 'Unknown',
      reason: target.reason,
      lastTransitionTime: last?.state === 'Unknown' ? last.lastTransitionTime : now,
    }
  }
  const reason: TargetReason = target.reason
  return {
    state: target.state,
    reason,
    lastTransitionTime: target.lastTransitionTime,
    ...(target.lastSuccessTime === undefined ? {} : { lastSuccessTime: target.lastSuccessTime }),
    ...(target.certificateNotAfter === undefined ? {} : { certificateNotAfter: target.certificateNotAfter }),
  }
}
