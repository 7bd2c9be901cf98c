import type { Clock } from '../kube/clock.ts'

/** Ends when time is up or when the caller aborts, whichever is first. Disposing frees timer and listener. */
export interface Deadline extends Disposable {
  /** Aborts at the end; the reason is the caller's own, or whatever `onTimeout` gave. */
  readonly signal: AbortSignal
  /** The outcome of `work`, or at once the signal's reason. `work` keeps running and its late failure is swallowed. */
  race<T>(work: Promise<T>): Promise<T>
}

/** @param onTimeout makes the error that stands for a time-out, when it happens. */
export function startDeadline(
  clock: Clock,
  milliseconds: number,
  caller: AbortSignal,
  onTimeout: () => Error,
): Deadline {
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(caller.reason)
  const timer = clock.timer(milliseconds, () => controller.abort(onTimeout()))
  if (caller.aborted) onAbort()
  caller.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    race(work) {
      return new Promise((resolve, reject) => {
        const fail = (): void => reject(controller.signal.reason as Error)
        controller.signal.addEventListener('abort', fail, { once: true })
        if (controller.signal.aborted) fail()
        work.then(resolve, reject).finally(() => controller.signal.removeEventListener('abort', fail))
      })
    },
    [Symbol.dispose]() {
      timer[Symbol.dispose]()
      caller.removeEventListener('abort', onAbort)
    },
  }
}
