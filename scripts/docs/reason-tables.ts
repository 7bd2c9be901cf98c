import { findCondition } from '../../src/api/conditions.ts'
import {
  bufferReasons,
  clusterReasons,
  deliveringReasons,
  eventReasons,
  readyReasons,
  reconcilingReasons,
  syncedReasons,
  targetReasons,
  type ClusterReason,
  type SyncedReason,
  type TargetReason,
} from '../../src/api/reasons.ts'
import {
  bufferStatus,
  deliveringStatus,
  isMisconfiguration,
  isStalledReason,
} from '../../src/controllers/s3auditwebhook/reason-status.ts'
import { reportCluster } from '../../src/controllers/s3cluster/cluster-report.ts'
import { clusterReasonTexts } from './cluster-reason-texts.ts'
import { eventTexts } from './event-texts.ts'
import { code, markdownTable } from './markdown-table.ts'
import type { ReasonText } from './reason-text.ts'
import { syncedReasonTexts } from './synced-reason-texts.ts'
import { targetReasonTexts } from './target-reason-texts.ts'
import {
  bufferReasonTexts,
  deliveringReasonTexts,
  readyReasonTexts,
  reconcilingReasonTexts,
} from './webhook-reason-texts.ts'

/** The tables of all reasons, by the name of their block. */
export function reasonTables(): ReadonlyMap<string, string> {
  return new Map([
    ['cluster-reasons', table(clusterReasons, clusterReasonTexts, clusterStatus)],
    ['ready-reasons', table(readyReasons, readyReasonTexts, readyStatus)],
    ['synced-reasons', table(syncedReasons, syncedReasonTexts, syncedStatus)],
    ['target-reasons', table(targetReasons, targetReasonTexts, targetStatus)],
    ['delivering-reasons', table(deliveringReasons, deliveringReasonTexts, deliveringStatus)],
    ['buffer-reasons', table(bufferReasons, bufferReasonTexts, bufferStatus)],
    ['reconciling-reasons', table(reconcilingReasons, reconcilingReasonTexts, () => 'True')],
    ['event-reasons', eventTable()],
  ])
}

function table<R extends string>(
  reasons: readonly R[],
  texts: Readonly<Record<R, ReasonText>>,
  statusOf: (reason: R) => string,
): string {
  const rows = reasons.map((reason) => [
    code(reason),
    statusOf(reason),
    texts[reason].meaning,
    texts[reason].remedy === '' ? '–' : texts[reason].remedy,
  ])
  return markdownTable(['Reason', 'Status', 'Meaning', 'What to do'], rows)
}

function eventTable(): string {
  const rows = eventReasons.map((reason) => [code(reason), eventTexts[reason].type, eventTexts[reason].meaning])
  return markdownTable(['Event', 'Type', 'Meaning'], rows)
}

function clusterStatus(reason: ClusterReason): string {
  const cluster = { metadata: { name: 'any' }, spec: {} }
  const { conditions = [] } = reportCluster(cluster, undefined, { reason, message: '' }, '')
  const ready = findCondition(conditions, 'Ready')?.status ?? ''
  return findCondition(conditions, 'Stalled') === undefined ? ready : `${ready}, Stalled`
}

function readyStatus(reason: (typeof readyReasons)[number]): string {
  return reason === 'Progressing' || reason === 'Suspended' ? 'Unknown' : 'True'
}

function syncedStatus(reason: SyncedReason): string {
  if (reason === 'Applied') return 'True'
  if (reason === 'Progressing' || reason === 'Suspended') return 'Unknown'
  return isStalledReason(reason) ? 'False, Stalled' : 'False'
}

function targetStatus(reason: TargetReason): string {
  switch (reason) {
    case 'Accepted':
    case 'Healthy':
      return 'True'
    case 'CapacityWarning':
    case 'SlowResponses':
    case 'CertificateExpiring':
      return 'True, degraded'
    case 'NotTested':
    case 'Disabled':
    case 'Suspended':
      return 'Unknown'
    default:
      return isMisconfiguration(reason) ? 'False, Stalled' : 'False'
  }
}
