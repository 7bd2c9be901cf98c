import type { Clock } from './clock.ts'

/**
 * Resolves after `milliseconds` of the clock.
 * @throws the signal's reason, at once, when `signal` aborts; no timer is left behind.
 */
export function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = (): void => {
      timer[Symbol.dispose]()
      reject(signal.reason as Error)
    }
    const timer = clock.timer(milliseconds, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
