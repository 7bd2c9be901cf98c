import { ApiError, ApiUnreachableError } from '../kube/api-error.ts'
import type { Clock } from '../kube/clock.ts'
import { sleep } from '../kube/sleep.ts'

const firstBackOffMilliseconds = 250
const maximumBackOffMilliseconds = 5000

export interface BackOffOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
}

export interface TryAgainOptions extends BackOffOptions {
  /** Told what failed before the first repeat of a call, so that somebody who waits knows for what. */
  readonly onRepeat: (error: unknown) => void
}

/** A conflict, 429, 5xx, or an answer that did not come: the next try may do. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 409 || error.status === 429 || error.status >= 500
  return error instanceof ApiUnreachableError
}

/** The wait before the next try, after so many failures in a row. @throws the signal's reason. */
export function backOff(failures: number, { clock, random, signal }: BackOffOptions): Promise<void> {
  const milliseconds = Math.min(firstBackOffMilliseconds * 2 ** (failures - 1), maximumBackOffMilliseconds)
  return sleep(clock, milliseconds * (1 + random() / 4), signal)
}

/**
 * Repeats what failed and may pass, with growing delays.
 * @throws what the call threw last, when it cannot pass or the signal aborts; the signal's reason when nothing failed before.
 */
export async function tryAgain<T>(options: TryAgainOptions, call: () => Promise<T>): Promise<T> {
  const { signal } = options
  let last: unknown
  for (let failures = 1; ; failures++) {
    try {
      return await call()
    } catch (error) {
      if (signal.aborted) throw last ?? error
      if (!mayPass(error)) throw error
      if (failures === 1) options.onRepeat(error)
      last = error
      await backOff(failures, options).catch(() => {
        throw last
      })
    }
  }
}
