import type { DeliveringReason } from '../api/reasons.ts'
import type { DeliveryReport, NodeDelivery } from '../providers/provider.ts'
import { arrivedMessages, isReset, isWaiting, takenMessages } from './node-counters.ts'

/** A report with the time it was made (milliseconds since the epoch). */
export interface DeliverySample extends DeliveryReport {
  readonly time: number
  /** We made the cluster send events since the sample before: the rate between the two says nothing of the usual one. */
  readonly disturbed?: boolean
}

/** What the last intervals say of one node. */
export interface NodeTrend {
  /** Intervals with failed attempts since the last one that showed progress without any. */
  readonly failing: number
  /** Intervals in which the queue grew since the last one in which it shrank or was short. */
  readonly growing: number
  /** Time of the last sample that showed new failed attempts; absent: none seen. */
  readonly lastFailureTime?: number
}

/** The judgement and what the next one needs. */
export interface DeliveryJudgement {
  readonly reason: Extract<
    DeliveringReason,
    'ClusterDelivers' | 'ClusterReportsOffline' | 'SendsFailing' | 'QueueGrowing' | 'NothingSentYet'
  >
  readonly message: string
  /** By name of the node. */
  readonly trends: ReadonlyMap<string, NodeTrend>
}

/** One interval may be a blip; two are a state. */
const intervalsNeeded = 2
/** A queue shorter than this share of its capacity is what a healthy sender has in hand. */
const inHandShare = 0.01
/** A queue that grows for less time than this grows in a burst. */
const growthMilliseconds = 5_000
/**
 * Without a failure for so long sends succeed, though nothing shows it: by then a sender has tried again, and a read-back of the
 * webhook, which the cluster audits, has made an event.
 */
const quietMilliseconds = 10 * 60_000

/**
 * Judges delivery from the cluster's own figures, from one sample to the next. `online` alone is a false green: MinIO keeps
 * saying it while the target answers 401, 403 or 500, so failed attempts and queues decide as well. An interval in which nothing
 * moved proves nothing, for samples can be the same cached figures and senders pause between tries. Counters that went back were
 * reset by a restart or a change; a node that tried nothing since says offline too.
 * @returns undefined while nothing can be said: figures without a sample to compare them with.
 */
export function judgeDelivery(
  previous: DeliverySample | undefined,
  current: DeliverySample,
  last: DeliveryJudgement | undefined,
): DeliveryJudgement | undefined {
  const { nodes, time } = current
  const trends = new Map(
    nodes.map((node) => {
      const before = previous?.nodes.find((other) => other.node === node.node)
      const interval = { time, span: time - (previous?.time ?? time) }
      return [node.node, trendOf(before, node, last?.trends.get(node.node), interval)]
    }),
  )
  const judge = (reason: DeliveryJudgement['reason'], message: string): DeliveryJudgement => ({
    reason,
    message,
    trends,
  })

  const offline = nodes.filter((node) => !node.online && node.failedAttempts > 0)
  if (offline.length > 0) return judge('ClusterReportsOffline', offlineMessage(offline))
  const stalled = nodes.filter((node) => isStalled(previous, node))
  if (stalled.length > 0) return judge('ClusterReportsOffline', stalledMessage(stalled))
  const trendOfAny = (matches: (trend: NodeTrend) => boolean): boolean => [...trends.values()].some(matches)
  // Failures that go on where those before were not watched, as after a restart of ours, are no blip.
  const needed = last === undefined || last.reason === 'SendsFailing' ? 1 : intervalsNeeded
  if (trendOfAny(({ failing }) => failing >= needed)) return judge('SendsFailing', failingMessage)
  if (trendOfAny(({ growing }) => growing >= intervalsNeeded)) return judge('QueueGrowing', growingMessage)
  if (nodes.every((node) => !node.online || node.handledMessages === 0)) return judge('NothingSentYet', silentMessage)
  // Figures of a time nobody watched: failures in them may be long over.
  if (previous === undefined && nodes.some((node) => node.failedAttempts > 0)) return undefined
  if (last !== undefined && trendOfAny(({ failing }) => failing > 0)) return { ...last, trends }
  return judge('ClusterDelivers', deliversMessage)
}

/** Events waited before and wait now, and no sender takes them. */
function isStalled(previous: DeliverySample | undefined, node: NodeDelivery): boolean {
  const before = previous?.nodes.find((other) => other.node === node.node)
  return before !== undefined && !isReset(before, node) && isWaiting(before) && isWaiting(node)
}

interface Interval {
  /** Its end, milliseconds since the epoch. */
  readonly time: number
  readonly span: number
}

function trendOf(
  before: NodeDelivery | undefined,
  node: NodeDelivery,
  last: NodeTrend = { failing: 0, growing: 0 },
  interval: Interval,
): NodeTrend {
  if (before === undefined || isReset(before, node)) return { failing: 0, growing: 0 }
  return { ...failingTrend(before, node, last, interval), growing: growingTrend(before, node, last, interval) }
}

function failingTrend(
  before: NodeDelivery,
  node: NodeDelivery,
  last: NodeTrend,
  { time }: Interval,
): Omit<NodeTrend, 'growing'> {
  // Nothing but a send that succeeded brings a node back online.
  if (node.online && !before.online) return { failing: 0 }
  if (node.failedAttempts > before.failedAttempts) return { failing: last.failing + 1, lastFailureTime: time }
  const progress = takenMessages(node) - takenMessages(before) >= 1
  const quiet = time - (last.lastFailureTime ?? Number.NEGATIVE_INFINITY) >= quietMilliseconds
  const { growing: _growing, ...kept } = last
  return progress || quiet ? { failing: 0 } : kept
}

function growingTrend(before: NodeDelivery, node: NodeDelivery, last: NodeTrend, { span }: Interval): number {
  const backlog = node.queuedEvents > node.capacityEvents * inHandShare
  if (!backlog || node.queuedEvents < before.queuedEvents) return 0
  if (span < growthMilliseconds) return last.growing
  // A full queue cannot grow; what arrives is then thrown away.
  const full = node.queuedEvents >= node.capacityEvents && arrivedMessages(node) > arrivedMessages(before)
  return node.queuedEvents > before.queuedEvents || full ? last.growing + 1 : last.growing
}

const deliversMessage = "The S3 cluster's sends succeed and its queue does not grow."
const failingMessage =
  "The S3 cluster's sends keep failing: the target refuses them or answers errors. Events wait in the cluster's queue until it is full."
const growingMessage =
  "The S3 cluster's queue grows although sends succeed: events are made faster than the target takes them."
const silentMessage = 'The S3 cluster has sent nothing since its webhook was changed or it was restarted.'

function offlineMessage(offline: readonly NodeDelivery[]): string {
  const names = offline.map(({ node }) => node).sort()
  return `The S3 cluster says that the target is offline as seen from ${names.join(', ')}: it cannot be reached, or it has taken nothing since the webhook was set. Events wait in the cluster's queue until it is full.`
}

function stalledMessage(stalled: readonly NodeDelivery[]): string {
  const names = stalled.map(({ node }) => node).sort()
  return `Events wait at ${names.join(', ')} and nothing there begins to send them, although the webhook is set: restart these nodes (MinIO: \`mc admin service restart\`). MinIO can lose the senders of all nodes but one when a webhook is changed.`
}
