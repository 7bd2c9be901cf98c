import { onAbort } from './on-abort.ts'

/**
 * Waits for work that knows no signal. The work goes on when the signal aborts; its result is then ignored.
 * @throws the signal's reason, at once, when it aborts.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  using _listening = onAbort(signal, () => aborted.reject(signal.reason as Error))
  return await Promise.race([work, aborted.promise])
}
