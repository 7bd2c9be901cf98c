import { ApiError } from './api-error.ts'

const maximumRetries = 5
const baseMilliseconds = 250
const maximumRetryAfterMilliseconds = 30_000

/**
 * How long to wait before a request is repeated; undefined when it is not. Repeated are 429 and 503 with Retry-After, of any
 * method: with these the server says that it did nothing. The wait is the server's wish or a doubling back-off from 250 ms,
 * whichever is longer, and up to a quarter more.
 * @param retries repeats made so far; there are five at most, and none when the server wishes more than 30 s.
 */
export function retryDelay(error: unknown, retries: number, random: () => number): number | undefined {
  if (!(error instanceof ApiError) || (error.status !== 429 && error.status !== 503)) return undefined
  const wish = error.retryAfterMilliseconds
  if (wish === undefined || wish > maximumRetryAfterMilliseconds || retries >= maximumRetries) return undefined
  return Math.max(wish, baseMilliseconds * 2 ** retries) * (1 + random() / 4)
}
