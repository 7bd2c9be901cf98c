import type { Clock } from './clock.ts'

const baseMilliseconds = 800
const maximumMilliseconds = 30_000
const resetMilliseconds = 120_000

/**
 * Delays of client-go's reflector: 0.8 s, doubling to 30 s, and up to as much again at random; back to the start when none was
 * needed for two minutes.
 */
export function createWatchBackOff(options: { readonly clock: Clock; readonly random: () => number }): () => number {
  const { clock, random } = options
  let delay = baseMilliseconds
  let lastAt = -Infinity
  return () => {
    const now = clock.monotonic()
    if (now - lastAt > resetMilliseconds) delay = baseMilliseconds
    lastAt = now
    const next = delay * (1 + random())
    delay = Math.min(delay * 2, maximumMilliseconds)
    return next
  }
}
