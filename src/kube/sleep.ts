import { abortable } from './abortable.ts'
import type { Clock } from './clock.ts'

/**
 * Resolves after `milliseconds` of the clock.
 * @throws the signal's reason, at once, when `signal` aborts; no timer is left behind.
 */
export async function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const over = Promise.withResolvers<void>()
  using _timer = clock.timer(milliseconds, over.resolve)
  await abortable(over.promise, signal)
}
