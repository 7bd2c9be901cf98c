import type { NodeDelivery } from '../providers/provider.ts'
import type { DeliverySample } from './delivery-judgement.ts'

/** Two samples are a difference, not a trend. */
const fewestSamples = 3

/** A line through what was seen of a queue. */
export interface Growth {
  /** Events per second. */
  readonly perSecond: number
  /** When the newest figures were first seen, milliseconds since the epoch: those that came again since are older than they look. */
  readonly seenAt: number
}

/**
 * How fast the queue of a node has grown since a time, by least squares over all samples: bursts and pauses in the traffic count
 * for less than in the difference of two samples. Figures that a server gave once more, all of them the same, count once.
 * @param since milliseconds since the epoch
 * @returns undefined where there are too few samples.
 */
export function growthSince(samples: readonly DeliverySample[], node: string, since: number): Growth | undefined {
  const points = pointsOf(samples, node).filter(({ time }) => time >= since)
  const last = points.at(-1)
  if (last === undefined || points.length < fewestSamples) return undefined
  const meanTime = mean(points.map(({ time }) => time))
  const meanQueued = mean(points.map(({ queued }) => queued))
  let covariance = 0
  let variance = 0
  for (const { time, queued } of points) {
    covariance += (time - meanTime) * (queued - meanQueued)
    variance += (time - meanTime) ** 2
  }
  return variance === 0 ? undefined : { perSecond: (covariance / variance) * 1000, seenAt: last.time }
}

function pointsOf(
  samples: readonly DeliverySample[],
  name: string,
): { readonly time: number; readonly queued: number }[] {
  let before: NodeDelivery | undefined
  const points: { readonly time: number; readonly queued: number }[] = []
  for (const { time, nodes } of samples) {
    const node = nodes.find((other) => other.node === name)
    if (node === undefined || (before !== undefined && isSame(before, node))) continue
    before = node
    points.push({ time, queued: node.queuedEvents })
  }
  return points
}

/** A sender that tries again and again counts its failures: when nothing at all moved, nobody looked anew. */
function isSame(a: NodeDelivery, b: NodeDelivery): boolean {
  return (
    a.queuedEvents === b.queuedEvents &&
    a.handledMessages === b.handledMessages &&
    a.failedAttempts === b.failedAttempts
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
