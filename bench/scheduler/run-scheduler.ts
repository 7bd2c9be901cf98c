import { readMachineFacts } from '../support/machine-facts.ts'
import { quantile } from '../support/statistics.ts'
import { startWorker } from '../support/worker.ts'
import type { SchedulerHandlers } from './scheduler-process.ts'
import type { SchedulerResult } from './scheduler-result.ts'
import type { TargetHandlers } from './target-process.ts'

/** Ports of one collector, each a host of its own to the limits. */
const ports = 100

/**
 * The tests of many targets in one process, each with a token of its own, so that nothing is shared; then as many plain requests in a
 * fresh process. The collector is a third one.
 */
export async function runScheduler(options: {
  readonly targets: number
  readonly periodSeconds: number
  readonly watchedSeconds: number
  readonly say: (text: string) => void
}): Promise<SchedulerResult> {
  const { targets, periodSeconds, watchedSeconds, say } = options
  const facts = readMachineFacts()
  await using stack = new AsyncDisposableStack()
  const collector = stack.use(await startWorker<TargetHandlers>(new URL('target-process.ts', import.meta.url)))
  const listening = await collector.call('listen', { ports })
  say(`Testing ${targets} targets every ${periodSeconds} s for ${watchedSeconds} s`)
  const scheduler = new URL('scheduler-process.ts', import.meta.url)
  const { lags, cpu } = await (async () => {
    await using worker = await startWorker<SchedulerHandlers>(scheduler)
    return await worker.call('monitor', { ports: listening, targets, periodSeconds, watchedSeconds })
  })()
  // Health in every round, the token in every round of a minute or more.
  const requests = lags.length * (periodSeconds >= 60 ? 2 : 1)
  say(`${requests} plain requests in as much time`)
  await using worker = await startWorker<SchedulerHandlers>(scheduler)
  const floorCpu = await worker.call('floor', { ports: listening, requests, watchedSeconds })
  return {
    facts,
    targets,
    periodSeconds,
    watchedSeconds,
    rounds: lags.length,
    requests,
    lagMilliseconds: { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99), highest: quantile(lags, 1) },
    cpu,
    floorCpu,
  }
}
