import type { Clock } from './clock.ts'

const burst = 25
const refillMilliseconds = 300_000
const maximumObjects = 4096

/**
 * client-go's guard against one object that floods: 25 Events at once, then one every five minutes. The 4096 objects seen last
 * are remembered.
 * @returns whether an Event about the object of this key may be sent; an allowed one is counted.
 */
export function createEventLimiter(clock: Clock): (key: string) => boolean {
  /** Least recently used first. */
  const buckets = new Map<string, { tokens: number; at: number }>()
  return (key) => {
    const now = clock.monotonic()
    const bucket = buckets.get(key) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMilliseconds)
    const allowed = tokens >= 1
    buckets.delete(key)
    buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now })
    const [oldest] = buckets.keys()
    if (buckets.size > maximumObjects && oldest !== undefined) buckets.delete(oldest)
    return allowed
  }
}
