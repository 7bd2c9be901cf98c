/**
 * Time as a dependency, so that tests decide what time it is.
 * `now` is wall time for what people read; `monotonic` never jumps and is what deadlines and back-offs are measured with.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number
  /** Calls `callback` once after `milliseconds`, or some later, unless disposed before. Disposing twice is harmless. */
  timer(milliseconds: number, callback: () => void): Disposable
}

/** The largest delay a Node timer takes; longer ones would fire at once. */
const maximumDelay = 2 ** 31 - 1

/** The machine's own time. Its timers keep the process alive while they are pending. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // Node takes whole milliseconds and would cut the fraction off.
  timer: (milliseconds, callback) => setTimeout(callback, Math.min(Math.max(Math.ceil(milliseconds), 0), maximumDelay)),
}
