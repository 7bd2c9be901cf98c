import type { Clock } from '../../kube/clock.ts'
import { sleep } from '../../kube/sleep.ts'
import { ProviderError } from '../provider-error.ts'
import type { ReadinessAnswer } from './answers.ts'
import type { WekaClient } from './weka-client.ts'

/** WEKA's operator allows S3 containers three minutes to become operational. */
const maximumMilliseconds = 180_000
const firstPauseMilliseconds = 500
const maximumPauseMilliseconds = 5_000

/**
 * Resolves when every S3 container that was ready `before` is ready again; one that was away already is not waited for. Failures to
 * ask are overcome: the node that is asked may itself restart.
 * @throws ProviderError S3NotRunning after three minutes, or the signal's reason.
 */
export async function waitForContainers(options: {
  readonly client: WekaClient
  readonly before: ReadinessAnswer
  readonly clock: Clock
  readonly signal: AbortSignal
}): Promise<void> {
  const { client, before, clock, signal } = options
  const awaited = Object.keys(before).filter((uid) => before[uid] === true)
  if (awaited.length === 0) return
  const deadline = clock.monotonic() + maximumMilliseconds
  for (let pause = firstPauseMilliseconds; ; pause = Math.min(pause * 1.5, maximumPauseMilliseconds)) {
    await sleep(clock, pause, signal)
    const now = await readiness(client, signal)
    if (awaited.every((uid) => now?.[uid] === true)) return
    if (clock.monotonic() >= deadline) break
  }
  throw new ProviderError(
    'S3NotRunning',
    "The audit webhook is set, but not every S3 container of the WEKA cluster that served before is ready again. Look at 'weka s3 cluster status'.",
  )
}

async function readiness(client: WekaClient, signal: AbortSignal): Promise<ReadinessAnswer | undefined> {
  try {
    return await client.readiness(signal)
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'ClusterUnreachable') return undefined
    throw error
  }
}
