import type { Clock } from './clock.ts'
import { onAbort } from './on-abort.ts'

/** A signal that aborts when its parent does or when time runs out. Dispose it: it holds a timer and a listener on the parent. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
}

/**
 * `AbortSignal.any` with a time-out of the given clock, freed at a known time: parents may live as long as the process.
 * @param options.reason makes the abort reason when time runs out.
 */
export function createDeadline(options: {
  readonly clock: Clock
  readonly milliseconds: number
  readonly signal: AbortSignal
  readonly reason: () => Error
}): Deadline {
  const { clock, milliseconds, signal, reason } = options
  const controller = new AbortController()
  const timer = clock.timer(milliseconds, () => controller.abort(reason()))
  const parent = onAbort(signal, () => controller.abort(signal.reason))
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      timer[Symbol.dispose]()
      parent[Symbol.dispose]()
    },
  }
}
