import type { DeliverySample } from './delivery-judgement.ts'

/** Two samples are a difference, not a trend. */
const fewestSamples = 3

/**
 * How fast the queue of a node has grown since a time, by least squares over all samples: bursts and pauses in the traffic, and
 * figures that are some seconds old, count for less than in the difference of two samples.
 * @param since milliseconds since the epoch
 * @returns events per second; undefined where there are too few samples.
 */
export function growthSince(samples: readonly DeliverySample[], node: string, since: number): number | undefined {
  const points = samples
    .filter(({ time }) => time >= since)
    .flatMap(({ time, nodes }) => {
      const queued = nodes.find((other) => other.node === node)?.queuedEvents
      return queued === undefined ? [] : [{ seconds: (time - since) / 1000, queued }]
    })
  if (points.length < fewestSamples) return undefined
  const meanSeconds = mean(points.map(({ seconds }) => seconds))
  const meanQueued = mean(points.map(({ queued }) => queued))
  let covariance = 0
  let variance = 0
  for (const { seconds, queued } of points) {
    covariance += (seconds - meanSeconds) * (queued - meanQueued)
    variance += (seconds - meanSeconds) ** 2
  }
  return variance === 0 ? undefined : covariance / variance
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
