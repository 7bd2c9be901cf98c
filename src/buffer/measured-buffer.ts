import type { BufferReason } from '../api/reasons.ts'
import type { BufferState, BufferStatus } from '../api/s3-audit-webhook-status.ts'
import type { NodeDelivery } from '../providers/provider.ts'
import { coarseFigure, coarseFullTime, coarsePercent } from './buffer-figures.ts'
import type { DeliverySample } from './delivery-judgement.ts'

export interface BufferInput {
  /** Oldest first, the last one is now; all of one episode, without a reset of counters between them. */
  readonly samples: readonly DeliverySample[]
  readonly previous: BufferStatus | undefined
  /** The target is known to be away or to refuse, or the cluster itself says that it does not deliver. */
  readonly outage: boolean
  /** RFC 3339; when the outage began. */
  readonly outageStartTime: string | undefined
  readonly atRiskSeconds: number
}

/** What `BufferHealthy` and `.status.buffer` say. */
export interface BufferJudgement {
  readonly reason: BufferReason
  readonly message: string
  readonly status: BufferStatus
}

/** Below it a queue on a healthy target is what the sender has in hand, not a backlog. */
const inHandShare = 0.01
const dangerShare = 0.6

/** One node's queue and how fast it grows. */
interface Level {
  readonly node: NodeDelivery
  readonly share: number
  /** Events per second; negative while it drains. */
  readonly growth: number
  readonly secondsToFull: number
}

/**
 * The buffer as the cluster reports it. Pure. Queues are per node, and the first node to fill loses the first event, so it alone
 * counts. A burst on a healthy target is not a risk unless the queue is over 60 % and still rising.
 * @returns undefined when the report names no node.
 */
export function judgeMeasuredBuffer(input: BufferInput): BufferJudgement | undefined {
  const { samples, previous, outage } = input
  const now = samples.at(-1)
  if (now === undefined || now.nodes.length === 0) return undefined
  const levels = now.nodes.map((node) => levelOf(node, samples))
  const worst = levels.reduce((a, b) => (isWorse(b, a) ? b : a))
  const state = stateOf(worst, input)
  const edge = state === 'Empty' || state === 'Full' ? state : undefined
  const percentFull = coarsePercent(worst.share * 100, previous?.percentFull, edge)
  const rate = eventRate(samples)
  const eventsPerMinute = rate === undefined ? previous?.eventsPerMinute : coarseFigure(rate, previous?.eventsPerMinute)
  const capacityEvents = worst.node.capacityEvents
  const holdSeconds = holdTime(capacityEvents, now.nodes.length, eventsPerMinute, previous?.holdSeconds)
  const fullTime = fullTimeOf(worst, state, input, now.time)
  return {
    reason: state,
    message: messageOf(state, outage),
    status: {
      state,
      basis: 'Measured',
      summary: `${percentFull}%`,
      percentFull,
      capacityEvents,
      capacityBasis: 'Reported',
      ...(eventsPerMinute === undefined ? {} : { eventsPerMinute }),
      ...(holdSeconds === undefined ? {} : { holdSeconds }),
      ...(fullTime === undefined ? {} : { fullTime }),
      ...(input.outageStartTime === undefined ? {} : { outageStartTime: input.outageStartTime }),
    },
  }
}

function stateOf(level: Level, { outage, previous, atRiskSeconds }: BufferInput): Exclude<BufferState, 'Unknown'> {
  const { node, share, growth, secondsToFull } = level
  if (node.queuedEvents >= node.capacityEvents) return 'Full'
  if (share > dangerShare && growth > 0) return 'AtRisk'
  if (outage) {
    if (node.queuedEvents === 0) return 'Empty'
    if (secondsToFull < atRiskSeconds) return 'AtRisk'
    // Between two bursts of traffic the queue stands still, and the risk of a moment ago is no smaller.
    return previous?.state === 'AtRisk' && growth === 0 ? 'AtRisk' : 'Filling'
  }
  if (share <= inHandShare) return 'Empty'
  return growth > 0 && previous?.state !== 'Draining' ? 'Filling' : 'Draining'
}

function levelOf(node: NodeDelivery, samples: readonly DeliverySample[]): Level {
  const first = samples[0]
  const last = samples.at(-1)
  const before = first?.nodes.find((other) => other.node === node.node)
  const seconds = ((last?.time ?? 0) - (first?.time ?? 0)) / 1000
  const growth = before === undefined || seconds <= 0 ? 0 : (node.queuedEvents - before.queuedEvents) / seconds
  const free = Math.max(node.capacityEvents - node.queuedEvents, 0)
  return {
    node,
    share: node.capacityEvents === 0 ? 1 : node.queuedEvents / node.capacityEvents,
    growth,
    secondsToFull: growth > 0 ? free / growth : Number.POSITIVE_INFINITY,
  }
}

/** The node that fills first; among those that do not fill, the fullest. */
function isWorse(a: Level, b: Level): boolean {
  if (a.secondsToFull !== b.secondsToFull) return a.secondsToFull < b.secondsToFull && b.share < 1
  return a.share > b.share
}

/**
 * Events per minute over the samples, all nodes together. MinIO counts a message when it is queued and again when it is taken out
 * (its `total_messages`), so half of what was handled, plus half of what stays in the queue, is what came.
 */
function eventRate(samples: readonly DeliverySample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last.time - first.time < 30_000) return undefined
  const sum = (sample: DeliverySample, of: (node: NodeDelivery) => number): number =>
    sample.nodes.reduce((total, node) => total + of(node), 0)
  const handled = sum(last, (node) => node.handledMessages) - sum(first, (node) => node.handledMessages)
  const queued = sum(last, (node) => node.queuedEvents) - sum(first, (node) => node.queuedEvents)
  return Math.max(((handled + queued) / 2) * (60_000 / (last.time - first.time)), 0)
}

/** How long one node's empty buffer lasts at its share of the usual rate. */
function holdTime(
  capacity: number,
  nodes: number,
  eventsPerMinute: number | undefined,
  previous: number | undefined,
): number | undefined {
  if (eventsPerMinute === undefined || eventsPerMinute === 0) return previous
  return coarseFigure((capacity / (eventsPerMinute / nodes)) * 60, previous)
}

function fullTimeOf(level: Level, state: BufferState, input: BufferInput, now: number): string | undefined {
  if (state !== 'Filling' && state !== 'AtRisk') return undefined
  const previous = input.previous?.fullTime === undefined ? undefined : Date.parse(input.previous.fullTime)
  if (!Number.isFinite(level.secondsToFull)) {
    return input.outage && level.growth === 0 && previous !== undefined && previous > now
      ? input.previous?.fullTime
      : undefined
  }
  if (!input.outage && state !== 'AtRisk') return undefined
  const exact = now + level.secondsToFull * 1000
  const minute = Math.floor(coarseFullTime(exact, previous, now) / 60_000) * 60_000
  return `${new Date(minute).toISOString().slice(0, 19)}Z`
}

function messageOf(state: BufferState, outage: boolean): string {
  switch (state) {
    case 'Empty':
      return 'No events wait inside the S3 cluster.'
    case 'Filling':
      return outage
        ? 'Events wait inside the S3 cluster for the target; there is time left.'
        : 'Events come faster than they are sent; the target takes them.'
    case 'AtRisk':
      return 'The buffer inside the S3 cluster will be full soon, and further events are then thrown away: mend the target now.'
    case 'Full':
      return 'The buffer inside the S3 cluster is full: audit events are being thrown away.'
    case 'Draining':
      return 'The target takes events again and the backlog inside the S3 cluster shrinks.'
    case 'Unknown':
      return 'How full the buffer inside the S3 cluster is cannot be told.'
  }
}
