import type { NodeDelivery } from '../providers/provider.ts'
import type { DeliverySample } from './delivery-judgement.ts'
import { growthSince } from './growth.ts'
import { arrivedMessages, isFull } from './node-counters.ts'

/** The queue of the node that fills first, and how fast it grows. */
export interface NodeLevel {
  readonly node: NodeDelivery
  /** Of its capacity, 0 to 1. */
  readonly share: number
  /** Events by which it grew over the last samples; negative when it shrank. */
  readonly grown: number
  /** The same per second. */
  readonly growth: number
  /** At the growth over the whole outage, where one is known that goes on; infinite unless it grows. */
  readonly secondsToFull: number
  /**
   * Events per minute that arrive at the node that gets most, disturbed samples left out; undefined while the others span less
   * than half a minute.
   */
  readonly busiestRate: number | undefined
}

/** As many of the last samples tell what happens now. */
export const recentSamples = 5
const shortestSpanMilliseconds = 30_000
/** The longest `atRiskSeconds`. */
const horizonSeconds = 7 * 24 * 3600

/**
 * @param samples oldest first, the last one is now.
 * @param outageStart milliseconds since the epoch; undefined while there is none
 * @returns undefined when the last one names no node.
 */
export function fullestLevel(samples: readonly DeliverySample[], outageStart?: number): NodeLevel | undefined {
  const recent = samples.slice(-recentSamples)
  const [first, last] = [recent[0], recent.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const span = last.time - first.time
  const pairs = last.nodes.map((node) => ({ node, before: first.nodes.find((other) => other.node === node.node) }))
  const busiestRate = rateOfBusiest(recent)
  return pairs
    .map(({ node, before }) => ({ ...levelOf(node, before, span / 1000), busiestRate }))
    .map((level) =>
      outageStart === undefined ? level : { ...level, secondsToFull: foreseen(level, samples, outageStart) },
    )
    .reduce<NodeLevel | undefined>(
      (worst, level) => (worst === undefined || isWorse(level, worst) ? level : worst),
      undefined,
    )
}

function rateOfBusiest(samples: readonly DeliverySample[]): number | undefined {
  const arrived = new Map<string, number>()
  let span = 0
  for (const [index, sample] of samples.entries()) {
    const before = samples[index - 1]
    if (before === undefined || sample.disturbed === true) continue
    span += sample.time - before.time
    for (const node of sample.nodes) {
      const earlier = before.nodes.find((other) => other.node === node.node)
      if (earlier === undefined) continue
      const more = Math.max(arrivedMessages(node) - arrivedMessages(earlier), 0)
      arrived.set(node.node, (arrived.get(node.node) ?? 0) + more)
    }
  }
  if (span < shortestSpanMilliseconds || arrived.size === 0) return undefined
  return Math.max(...arrived.values()) * (60_000 / span)
}

function levelOf(
  node: NodeDelivery,
  before: NodeDelivery | undefined,
  seconds: number,
): Omit<NodeLevel, 'busiestRate'> {
  const grown = before === undefined || seconds <= 0 ? 0 : node.queuedEvents - before.queuedEvents
  const growth = grown === 0 ? 0 : grown / seconds
  const free = Math.max(node.capacityEvents - node.queuedEvents, 0)
  return {
    node,
    share: isFull(node) ? 1 : node.queuedEvents / node.capacityEvents,
    grown,
    growth,
    secondsToFull: growth > 0 ? free / growth : Number.POSITIVE_INFINITY,
  }
}

/** A longer look tells better when a buffer will be full, unless it has begun to shrink. */
function foreseen(
  { node, growth, secondsToFull }: Pick<NodeLevel, 'node' | 'growth' | 'secondsToFull'>,
  samples: readonly DeliverySample[],
  outageStart: number,
): number {
  const trend = growthSince(samples, node.node, outageStart)
  const now = samples.at(-1)?.time
  if (trend === undefined || now === undefined || trend.perSecond <= 0 || growth < 0) return secondsToFull
  const free = Math.max(node.capacityEvents - node.queuedEvents, 0)
  return Math.max(free / trend.perSecond - (now - trend.seenAt) / 1000, 0)
}

/** The node that is full or fills first; among those that do not fill in any time that matters, the fullest. */
function isWorse(a: NodeLevel, b: NodeLevel): boolean {
  const soonest = Math.min(a.secondsToFull, b.secondsToFull)
  if (a.share < 1 && b.share < 1 && soonest < horizonSeconds) return a.secondsToFull < b.secondsToFull
  return a.share > b.share
}
