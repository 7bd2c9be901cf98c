import { systemClock } from '../../src/kube/clock.ts'
import type { RuntimeMetrics } from '../../src/kube/runtime-metrics.ts'
import { createWorkQueue } from '../../src/kube/work-queue.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import { noMetrics } from '../../test/support/no-metrics.ts'

/** Keys a second that were added, handed out and given back. */
export interface QueueFigures {
  readonly withMetrics: number
  readonly withoutMetrics: number
  /** A Set as a queue: no priorities, no delays, no keys in work, no waiting. */
  readonly floor: number
}

const keys = Array.from({ length: 10_000 }, (_, index) => `tenant-${index % 100}/weka-${index}`)
const milliseconds = 1000

/** All keys are added, each of them twice, then taken and given back one by one, again and again for a second after one to warm up. */
export async function measureQueue(): Promise<QueueFigures> {
  return {
    withMetrics: await perSecond(queueRound(createMetrics({ clock: systemClock }).runtime)),
    withoutMetrics: await perSecond(queueRound(noMetrics)),
    floor: await perSecond(floorRound),
  }
}

function queueRound(metrics: RuntimeMetrics): () => Promise<void> {
  const queue = createWorkQueue({ name: 'bench', clock: systemClock, metrics })
  const { signal } = new AbortController()
  return async () => {
    for (const key of keys) queue.add(key)
    for (const key of keys) queue.add(key)
    for (let taken = 0; taken < keys.length; taken++) {
      const item = await queue.get(signal)
      if (item !== undefined) queue.done(item.key)
    }
  }
}

async function floorRound(): Promise<void> {
  const queue = new Set<string>()
  for (const key of keys) queue.add(key)
  for (const key of keys) queue.add(key)
  for (const key of queue) {
    queue.delete(key)
    await Promise.resolve(key)
  }
}

async function perSecond(round: () => Promise<void>): Promise<number> {
  await roundsPerSecond(round)
  return (await roundsPerSecond(round)) * keys.length
}

async function roundsPerSecond(round: () => Promise<void>): Promise<number> {
  const start = performance.now()
  let rounds = 0
  while (performance.now() - start < milliseconds) {
    await round()
    rounds++
  }
  return (rounds * 1000) / (performance.now() - start)
}
