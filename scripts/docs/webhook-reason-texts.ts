import type { BufferReason, DeliveringReason, ReadyReason, ReconcilingReason } from '../../src/api/reasons.ts'
import type { ReasonText } from './reason-text.ts'

/** Reasons of `Ready` that are not taken over from another condition. */
export const readyReasonTexts: Readonly<Record<ReadyReason, ReasonText>> = {
  InForce: {
    meaning:
      'The webhook is set as asked, the target takes events (or is not tested by choice), and the cluster reports no trouble with its sending.',
    remedy: '',
  },
  Disabled: { meaning: '`enabled: false` is in force: the webhook on the cluster is off.', remedy: '' },
  Observed: { meaning: '`managementPolicy: Observe`, and the webhook on the cluster is as the spec says.', remedy: '' },
  Progressing: {
    meaning: 'Too early to say: the cluster or the target has not answered yet.',
    remedy: 'Wait a moment.',
  },
  Suspended: {
    meaning: 'The resource was created suspended. One that is suspended later keeps its last Ready.',
    remedy: 'Set `spec.suspend: false` to begin.',
  },
}

/** Reasons of `Reconciling`. */
export const reconcilingReasonTexts: Readonly<Record<ReconcilingReason, ReasonText>> = {
  Progressing: {
    meaning: 'On the way to what the spec asks for, or waiting for something that can end by itself.',
    remedy: '',
  },
  ProgressingWithRetry: { meaning: 'Trying again after a failure.', remedy: '' },
}

/** Reasons of `Delivering`. */
export const deliveringReasonTexts: Readonly<Record<DeliveringReason, ReasonText>> = {
  ClusterDelivers: { meaning: "The cluster's sends succeed and its queue does not grow.", remedy: '' },
  ClusterReportsOffline: {
    meaning:
      'At least one node of the cluster calls the target offline: it cannot be reached from there, or has taken nothing since the webhook was set. The message names the node.',
    remedy: 'Look at the way from that node to the target: the operator may stand elsewhere and see nothing.',
  },
  SendsFailing: {
    meaning: 'Failed sends rise while the node still calls the target online: it is refused or gets errors.',
    remedy:
      'See `TargetReachable`; if that is True, look for what differs between node and operator (proxy, CA, firewall).',
  },
  QueueGrowing: {
    meaning: 'Sends succeed, but events come faster than the target takes them.',
    remedy: 'Give the target more capacity, or raise `spec.minio.batchSize`.',
  },
  NotReported: { meaning: 'The cluster tells nothing about its sending (WEKA), or was not asked.', remedy: '' },
  NothingSentYet: {
    meaning: 'The cluster has sent nothing since the webhook was set or a node restarted.',
    remedy: 'Nothing. It changes with the first audited request.',
  },
  Progressing: { meaning: 'The cluster has not been asked yet.', remedy: 'Nothing. Its first answer is awaited.' },
  ClusterUnreachable: { meaning: 'The cluster cannot be asked.', remedy: 'See `Synced`.' },
  Disabled: { meaning: 'Nothing is sent while `spec.enabled` is false.', remedy: '' },
  Suspended: { meaning: 'Not asked while `spec.suspend` is true.', remedy: '' },
}

/** Reasons of `BufferHealthy`. */
export const bufferReasonTexts: Readonly<Record<BufferReason, ReasonText>> = {
  Empty: { meaning: 'No backlog waits inside the cluster.', remedy: '' },
  Filling: {
    meaning: 'Events wait inside the cluster; more than `buffer.atRiskSeconds` is left.',
    remedy: 'Mend the target.',
  },
  Draining: { meaning: 'The target takes events again and the backlog shrinks.', remedy: '' },
  AtRisk: {
    meaning:
      'The buffer will be full in less than `buffer.atRiskSeconds`, or is over 60 % full and still fills. See `.status.buffer.fullTime`.',
    remedy: 'Mend the target now; this is the time to call somebody.',
  },
  Full: {
    meaning: 'The buffer of at least one node is full: its audit events are being thrown away.',
    remedy: 'Mend the target now. What was lost cannot be fetched again.',
  },
  NoEstimate: {
    meaning:
      'The cluster does not tell how full its buffer is (WEKA without `spec.buffer.capacityEvents`, or where nobody tells the usual rate; MinIO with `queueDir` in an outage), or could not be asked yet.',
    remedy: 'During an outage, assume that events are being lost: see [buffer](buffer.md#weka).',
  },
  Disabled: { meaning: 'No events are made while `spec.enabled` is false.', remedy: '' },
  Suspended: { meaning: 'Not measured while `spec.suspend` is true.', remedy: '' },
}
