import type { DeliveringReason } from '../api/reasons.ts'
import type { DeliveryReport, NodeDelivery } from '../providers/provider.ts'

/** A report with the time it was made (milliseconds since the epoch). */
export interface DeliverySample extends DeliveryReport {
  readonly time: number
}

/** The judgement and what the next one needs. */
export interface DeliveryJudgement {
  readonly reason: Extract<
    DeliveringReason,
    'ClusterDelivers' | 'ClusterReportsOffline' | 'SendsFailing' | 'QueueGrowing' | 'NothingSentYet'
  >
  readonly message: string
  /** Intervals in a row in which failed attempts rose, and in which a queue did. */
  readonly failingIntervals: number
  readonly growingIntervals: number
}

/** One interval may be a blip; two in a row are a state. */
const intervalsNeeded = 2
/** A queue shorter than this share of its capacity is what a healthy sender has in hand. */
const inHandShare = 0.01

/**
 * Judges delivery from the cluster's own figures, from one sample to the next. `online` alone is a false green: MinIO keeps
 * saying it while the target answers 401, 403 or 500, so failed attempts and queues decide as well. Counters that went back were
 * reset by a restart or a change and say nothing about the interval.
 * @returns undefined while nothing can be said: figures without a sample to compare them with.
 */
export function judgeDelivery(
  previous: DeliverySample | undefined,
  current: DeliverySample,
  last: DeliveryJudgement | undefined,
): DeliveryJudgement | undefined {
  const { nodes } = current
  const intervals = previous === undefined ? [] : nodes.map((node) => intervalOf(previous, node))
  const failing = intervals.some((interval) => interval.failed > 0)
  const growing = intervals.some((interval) => interval.grown)
  const counts = {
    failingIntervals: failing ? (last?.failingIntervals ?? 0) + 1 : 0,
    growingIntervals: growing ? (last?.growingIntervals ?? 0) + 1 : 0,
  }
  const silent = nodes.filter((node) => !node.online && node.handledMessages === 0 && node.failedAttempts === 0)
  const offline = nodes.filter((node) => !node.online && !silent.includes(node))
  if (offline.length > 0) return { reason: 'ClusterReportsOffline', message: offlineMessage(offline), ...counts }
  const wasFailing = last?.reason === 'SendsFailing'
  if (counts.failingIntervals >= (wasFailing ? 1 : intervalsNeeded)) {
    return { reason: 'SendsFailing', message: failingMessage, ...counts }
  }
  if (counts.growingIntervals >= intervalsNeeded) return { reason: 'QueueGrowing', message: growingMessage, ...counts }
  if (nodes.length === 0 || nodes.every((node) => node.handledMessages === 0)) {
    return { reason: 'NothingSentYet', message: silentMessage, ...counts }
  }
  // Figures of a time nobody watched: failures in them may be long over.
  if (previous === undefined && nodes.some((node) => node.failedAttempts > 0)) return undefined
  if (counts.failingIntervals > 0 && last !== undefined) return { ...last, ...counts }
  return { reason: 'ClusterDelivers', message: deliversMessage, ...counts }
}

interface Interval {
  readonly failed: number
  readonly grown: boolean
}

function intervalOf(previous: DeliverySample, node: NodeDelivery): Interval {
  const before = previous.nodes.find((other) => other.node === node.node)
  const reset =
    before === undefined || node.failedAttempts < before.failedAttempts || node.handledMessages < before.handledMessages
  if (reset) return { failed: 0, grown: false }
  const backlog = node.queuedEvents > node.capacityEvents * inHandShare
  return {
    failed: node.failedAttempts - before.failedAttempts,
    grown: backlog && node.queuedEvents > before.queuedEvents,
  }
}

const deliversMessage = "The S3 cluster's sends succeed and its queue does not grow."
const failingMessage =
  "The S3 cluster's sends keep failing: the target refuses them or answers errors. Events wait in the cluster's queue until it is full."
const growingMessage =
  "The S3 cluster's queue grows although sends succeed: events are made faster than the target takes them."
const silentMessage = 'The S3 cluster has sent nothing since its webhook was changed or it was restarted.'

function offlineMessage(offline: readonly NodeDelivery[]): string {
  const names = offline.map(({ node }) => node).sort()
  return `The S3 cluster cannot reach the target from ${names.join(', ')}. Events wait in the queue until it is full.`
}
