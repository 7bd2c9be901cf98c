import type { HttpResponse } from '../net/http-client.ts'

/** An answer as the judges look at it: nothing of its text gets any further. */
export interface Answer {
  readonly status: number
  /** A page for people, not an answer to a program. */
  readonly html: boolean
  /** The whole body, trimmed. Never to be shown. */
  readonly text: string
  /** Undefined when the target did not ask for patience, or not intelligibly. */
  readonly retryAfterMilliseconds: number | undefined
}

/** Nobody may silence the tests for longer than this. */
const longestRetryAfter = 300_000

/** @param now milliseconds since the epoch, for a Retry-After that is a date */
export function readAnswer(response: Pick<HttpResponse, 'status' | 'headers' | 'body'>, now: number): Answer {
  const text = new TextDecoder().decode(response.body).trim()
  const contentType = response.headers['content-type'] ?? ''
  return {
    status: response.status,
    html: /^\s*(text\/html|application\/xhtml)/i.test(contentType) || /^<(!doctype|html)/i.test(text),
    text,
    retryAfterMilliseconds: retryAfter(response.headers['retry-after'], now),
  }
}

/** RFC 9110 10.2.3: seconds, or a date. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const milliseconds = /^\s*\d+\s*$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), longestRetryAfter) : undefined
}
