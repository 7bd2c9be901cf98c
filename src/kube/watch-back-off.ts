import type { Clock } from './clock.ts'

const baseMilliseconds = 800
const maximumMilliseconds = 30_000
const resetMilliseconds = 120_000

export interface WatchBackOff {
  /** The time to wait now, in milliseconds: twice the one before, and up to as much again at random. */
  next(): number
  /** Something worked: the next delay is the shortest. */
  reset(): void
}

/**
 * Delays of client-go's reflector: from 0.8 s, doubling to 30 s, and back to the start when none was needed for two minutes.
 * client-go knows no other way back; over a connection that breaks every second its delays reach a minute though each watch
 * brings events. Hence `reset`.
 */
export function createWatchBackOff(options: { readonly clock: Clock; readonly random: () => number }): WatchBackOff {
  const { clock, random } = options
  let delay = baseMilliseconds
  let lastAt = -Infinity
  return {
    next() {
      const now = clock.monotonic()
      if (now - lastAt > resetMilliseconds) delay = baseMilliseconds
      lastAt = now
      const next = delay * (1 + random())
      delay = Math.min(delay * 2, maximumMilliseconds)
      return next
    },
    reset() {
      delay = baseMilliseconds
    },
  }
}
