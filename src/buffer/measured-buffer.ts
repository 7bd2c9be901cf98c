import type { BufferState, BufferStatus } from '../api/s3-audit-webhook-status.ts'
import type { NodeDelivery } from '../providers/provider.ts'
import { coarseFigure, coarseFullTime, coarsePercent, longestPredictionSeconds } from './buffer-figures.ts'
import type { BufferJudgement } from './buffer-judgement.ts'
import { bufferMessage } from './buffer-message.ts'
import type { DeliverySample } from './delivery-judgement.ts'
import { fullestLevel, type NodeLevel } from './node-level.ts'
import { unknownBuffer } from './unknown-buffer.ts'

export interface BufferInput {
  /** Oldest first, the last one is now; all of one episode, as `withSample` keeps them, without a reset of counters between them. */
  readonly samples: readonly DeliverySample[]
  readonly previous: BufferStatus | undefined
  /** The target is known to be away or to refuse, or the cluster itself says that it does not deliver. */
  readonly outage: boolean
  /** RFC 3339; when the outage began. */
  readonly outageStartTime: string | undefined
  readonly atRiskSeconds: number
  /** Events that were seen to find no room in this outage, by `lostBetween`. */
  readonly lostEvents?: number
}

type MeasuredState = Exclude<BufferState, 'Unknown'>

/** Below it a queue on a healthy target is what the sender has in hand, not a backlog; it must be twice as long to be one again. */
const inHandShare = 0.01
const dangerShare = 0.6
/** A buffer at risk is so until there is clearly more time left. */
const riskHysteresis = 1.25
/**
 * Events per minute around which a rate moves without meaning. The operator's own questions are among the events: up to a dozen a
 * minute at the shortest probe period, some more for each pass, and dozens when it starts.
 */
const rateSlack = 30
/** Nor does a rate matter with which the empty buffer lasts for half a day. */
const unhurriedMinutes = 720

/**
 * The buffer as the cluster reports it. Pure. Queues are per node, and the first node to fill loses the first event, so it alone
 * counts. A burst on a healthy target is not a risk unless the queue is over 60 % and still rising.
 * @returns undefined when the report names no node.
 */
export function judgeMeasuredBuffer(input: BufferInput): BufferJudgement | undefined {
  const { samples, previous, outage, outageStartTime } = input
  const now = samples.at(-1)
  const level = fullestLevel(samples, outageStartTime === undefined ? undefined : Date.parse(outageStartTime))
  if (now === undefined || level === undefined) return undefined
  const state = stateOf(level, input)
  // In an outage events pile up where nobody counts them, until that is full and the queue fills as well.
  if (now.uncountedStore === true && outage && level.share <= inHandShare) return unknownBuffer(outageStartTime)

  const percentFull = coarsePercent(level.share * 100, previous?.percentFull, edgeOf(level, state))
  const capacityEvents = level.node.capacityEvents
  const eventsPerMinute = rateOf(level, state, previous)
  const holdSeconds = holdTime(capacityEvents, eventsPerMinute, previous)
  const fullTime = fullTimeOf(level, state, input, now.time)
  const eventsLost = lossOf(state, input)
  return {
    reason: state,
    message: bufferMessage(state, { outage, uncountedStore: now.uncountedStore === true }),
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
      ...(outageStartTime === undefined ? {} : { outageStartTime }),
      ...(eventsLost === undefined ? {} : { eventsLost }),
    },
  }
}

function stateOf(level: NodeLevel, input: BufferInput): MeasuredState {
  const { samples, outage, previous, atRiskSeconds } = input
  const { node, share, growth, grown, secondsToFull } = level
  const before = previous?.state
  const noticeable = node.capacityEvents * inHandShare
  if (share >= 1) return 'Full'
  if (share > dangerShare && growth > 0) return 'AtRisk'
  if (outage) {
    if (node.queuedEvents === 0) return emptiedInOutage(node, samples, before)
    if (secondsToFull < atRiskSeconds * (before === 'AtRisk' ? riskHysteresis : 1)) return 'AtRisk'
    // Between two bursts of traffic the queue stands still, or gives some events to senders that then try in vain: the risk of a
    // moment ago is no smaller.
    const wasAtRisk = before === 'AtRisk' || before === 'Full'
    return wasAtRisk && growth <= 0 && grown >= -noticeable ? 'AtRisk' : 'Filling'
  }
  if (share <= (before === 'Empty' ? 2 * inHandShare : inHandShare)) return 'Empty'
  // The figures can be older than the end of the outage.
  const leftByOutage = before === 'AtRisk' || before === 'Full' || before === 'Filling'
  if (leftByOutage && previous?.outageStartTime !== undefined) return 'Draining'
  // A backlog that shrinks does so unevenly, and the last samples can be of the time in which it grew.
  if (before === 'Draining') return grown > noticeable && grownLast(node, samples) > 0 ? 'Filling' : 'Draining'
  return grown > 0 ? 'Filling' : 'Draining'
}

/**
 * The cluster delivers a backlog sooner than a test can tell that the target is back. But while sends still fail, senders have in
 * hand, or have given up, what is not in the queue any more; and a queue that a restart emptied, which has no sample before, has
 * not drained.
 */
function emptiedInOutage(
  node: NodeDelivery,
  samples: readonly DeliverySample[],
  before: BufferState | undefined,
): MeasuredState {
  const earlier = samples.at(-2)?.nodes.find((other) => other.node === node.node)
  if (earlier === undefined || before === undefined || before === 'Empty' || before === 'Unknown') return 'Empty'
  if (node.failedAttempts > earlier.failedAttempts) return before === 'Full' ? 'AtRisk' : before
  return before === 'Draining' ? 'Empty' : 'Draining'
}

/** From one sample to the next. */
function grownLast(node: NodeDelivery, samples: readonly DeliverySample[]): number {
  const earlier = samples.at(-2)?.nodes.find((other) => other.node === node.node)
  return earlier === undefined ? 0 : node.queuedEvents - earlier.queuedEvents
}

function edgeOf({ share }: NodeLevel, state: MeasuredState): 'Empty' | 'Full' | undefined {
  if (share === 0) return 'Empty'
  return state === 'Empty' || state === 'Full' ? state : undefined
}

/** The rate of the busiest node. Where the queue is full it cannot be told, and the usual one stands. */
function rateOf(level: NodeLevel, state: MeasuredState, previous: BufferStatus | undefined): number | undefined {
  const before = previous?.eventsPerMinute
  if (level.busiestRate === undefined || state === 'Full') return before
  return coarseFigure(level.busiestRate, before, Math.max(rateSlack, level.node.capacityEvents / unhurriedMinutes))
}

/** How long the empty buffer of the busiest node lasts. */
function holdTime(
  capacity: number,
  eventsPerMinute: number | undefined,
  previous: BufferStatus | undefined,
): number | undefined {
  const before = previous?.holdSeconds
  if (eventsPerMinute === undefined || eventsPerMinute === 0) return before
  return coarseFigure((capacity / eventsPerMinute) * 60, before)
}

function fullTimeOf(level: NodeLevel, state: MeasuredState, input: BufferInput, now: number): string | undefined {
  if (state !== 'AtRisk' && !(state === 'Filling' && input.outage)) return undefined
  const told = input.previous?.fullTime
  const previous = told === undefined ? undefined : Date.parse(told)
  if (level.secondsToFull > longestPredictionSeconds) {
    const standsStill = level.growth === 0 && previous !== undefined && previous > now
    return standsStill ? told : undefined
  }
  const minute = Math.floor(coarseFullTime(now + level.secondsToFull * 1000, previous, now) / 60_000) * 60_000
  return `${new Date(minute).toISOString().slice(0, 19)}Z`
}

/** Stays from the first lost event until the backlog is gone. What was lost while nobody looked is not in it. */
function lossOf(state: MeasuredState, { lostEvents = 0, previous }: BufferInput): number | undefined {
  const before = previous?.eventsLost
  if (state === 'Empty' || (lostEvents === 0 && before === undefined)) return undefined
  return Math.max(before ?? 0, coarseFigure(lostEvents, before))
}
