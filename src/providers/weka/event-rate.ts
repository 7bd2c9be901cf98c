import type { Clock } from '../../kube/clock.ts'
import { createDeadline } from '../../kube/deadline.ts'
import type { Logger } from '../../kube/logger.ts'
import { ProviderError } from '../provider-error.ts'
import { usualRate } from './usual-rate.ts'
import type { WekaClient } from './weka-client.ts'

/** What one call leaves to the next. */
export interface EventRateMemory {
  /** Calls per minute at one server, as they were told last. */
  rate: number | undefined
  /** S3 servers, when they were counted and the statistics are next. */
  servers: number | undefined
  /** Monotonic milliseconds before which the cluster is not asked. */
  notBefore: number
  /** The last try failed, and was logged. */
  failed: boolean
}

export function newEventRateMemory(): EventRateMemory {
  return { rate: undefined, servers: undefined, notBefore: 0, failed: false }
}

const hour = 3_600_000
/** The mean of a day moves slowly. */
const pauseMilliseconds = hour
/** A cluster that was too busy, or was away. */
const unansweredPauseMilliseconds = hour / 6
/** A cluster that refuses, or answers otherwise, will most likely do so again. */
const refusedPauseMilliseconds = 24 * hour
/** Statistics are of use and not needed: nothing waits longer for them. */
const patienceMilliseconds = 10_000

/**
 * The usual rate of S3 calls at one server, per minute, by the cluster's statistics of the last day. Sends one request at most: one
 * call counts the servers, the next one reads the statistics, and then an hour passes without any; ten minutes where no answer came,
 * after a refusal a day.
 * @returns as it was told last; undefined when it never was.
 * @throws the signal's reason.
 */
export async function readEventRate(options: {
  readonly client: Pick<WekaClient, 'readiness' | 'apiOperations'>
  readonly clock: Clock
  readonly logger: Logger | undefined
  readonly memory: EventRateMemory
  readonly signal: AbortSignal
}): Promise<number | undefined> {
  const { client, clock, logger, memory, signal } = options
  if (clock.monotonic() < memory.notBefore) return memory.rate
  using deadline = createDeadline({ clock, milliseconds: patienceMilliseconds, signal, reason: tooSlow })
  const { servers } = memory
  memory.servers = undefined
  try {
    if (servers === undefined) {
      memory.servers = Object.keys((await client.readiness(deadline.signal)) ?? {}).length || undefined
      if (memory.servers === undefined) throw uncounted()
    } else {
      memory.rate = usualRate(await client.apiOperations(deadline.signal), servers) ?? memory.rate
      memory.notBefore = clock.monotonic() + pauseMilliseconds
      memory.failed = false
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof ProviderError)) throw error
    const { code } = error
    const pause = code === 'ClusterUnreachable' ? unansweredPauseMilliseconds : refusedPauseMilliseconds
    memory.notBefore = clock.monotonic() + pause
    if (!memory.failed) logger?.debug({ reason: code }, 'The WEKA cluster tells no rate of S3 calls')
    memory.failed = true
  }
  return memory.rate
}

function tooSlow(): ProviderError {
  return new ProviderError('ClusterUnreachable', 'The WEKA cluster takes too long to tell its statistics.')
}

function uncounted(): ProviderError {
  return new ProviderError('ProviderMismatch', 'The WEKA cluster does not tell how many S3 servers it has.')
}
