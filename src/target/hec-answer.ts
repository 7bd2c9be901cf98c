import { z } from 'zod'

import type { Answer } from './answer.ts'
import { hecMeaning, type Meaning } from './hec-codes.ts'
import { statusMeaning } from './status-meaning.ts'

/** What was asked of the collector. */
export type HecQuestion =
  | { readonly level: 1 }
  | { readonly level: 2 }
  | { readonly level: 3; readonly endpoint: 'raw' | 'event' | 'other' }

const envelope = z.object({ code: z.int() })

/** Codes that end an empty body at a look-alike too: the authorization was looked at before. */
const emptyBodyCodes: readonly number[] = [5, 6, 12, 13]
/** Codes that a bare audit entry gets where a wrapper is wanted: which one depends on the entry and on the collector. */
const wrapperCodes: readonly number[] = [5, 6, 12, 13]
/** What a health path answers while all is well. */
const healthCode = 17

/**
 * What the answer of a Splunk HEC, or of something like it, means to the question.
 *
 * A HEC envelope (`{"text", "code"}`, under any content type) decides. Without one the status does, as the S3 sender looks at
 * nothing else. A health endpoint must answer in a way that is known, since many a server says 200 to everything.
 */
export function judgeHecAnswer(question: HecQuestion, answer: Answer): Meaning {
  const code = hecCodeOf(answer)
  const meaning = code === undefined ? undefined : hecMeaning(code)
  // A code of success below a status of failure was written by different hands: the sender believes the status.
  if (code !== undefined && meaning !== undefined && (isSuccess(answer) || !passes(meaning))) {
    return judgeCode(question, code, meaning)
  }
  if (answer.html && (isSuccess(answer) || answer.status === 400)) return notACollector(question)
  const byStatus = statusMeaning(answer)
  if (byStatus !== undefined) return byStatus
  if (isSuccess(answer)) return judgeBareSuccess(question, answer, code)
  if (question.level === 2 && isFluentBitEmptyBody(answer)) return tokenAccepted
  if (question.level !== 3) return notACollector(question)
  return { class: 'rejected', reason: 'PayloadRejected', text: `refuses the event (HTTP ${answer.status})` }
}

function judgeCode(question: HecQuestion, code: number, meaning: Meaning): Meaning {
  // Whatever is posted there: only a health path says so, and the receiver of the OpenTelemetry Collector does so with 200.
  if (code === healthCode) return question.level === 1 ? meaning : healthPath
  if (question.level === 1) {
    // Who misses a body has no health path, and gave the request to what takes events.
    if (emptyBodyCodes.includes(code)) return notACollector(question)
    return code === 0 ? healthy : meaning
  }
  if (question.level === 2) {
    if (code === 0 || emptyBodyCodes.includes(code)) return tokenAccepted
    return meaning
  }
  if (question.endpoint !== 'raw' && wrapperCodes.includes(code)) return hecMeaning(12, code) ?? meaning
  return meaning
}

function judgeBareSuccess(question: HecQuestion, answer: Answer, code: number | undefined): Meaning {
  if (question.level === 3) return accepted
  if (question.level === 2) return tokenAccepted
  return isKnownHealth(answer, code) ? healthy : notACollector(question)
}

const accepted: Meaning = { class: 'ok', reason: 'Accepted', text: 'accepts events' }
const healthy: Meaning = { class: 'ok', reason: 'Healthy', text: 'is healthy' }
const tokenAccepted: Meaning = { class: 'ok', reason: 'Healthy', text: 'is healthy and takes the token' }
const healthPath: Meaning = {
  class: 'misconfigured',
  reason: 'WrongPath',
  text: `tells its health at this path, and drops events: use its path /services/collector/raw (HEC code ${healthCode})`,
}

function notACollector(question: HecQuestion): Meaning {
  const where = question.level === 1 ? 'its health path' : 'this path'
  return {
    class: 'misconfigured',
    reason: 'NotAnEventCollector',
    text: `does not answer like an event collector at ${where}: look at scheme, port and path of the endpoint, and at proxies before it`,
  }
}

function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300
}

function passes(meaning: Meaning): boolean {
  return meaning.class === 'ok' || meaning.class === 'warning'
}

/** Fluent Bit repeats the status as the code; the receiver of the OpenTelemetry Collector answered a JSON string for long. */
function isKnownHealth(answer: Answer, code: number | undefined): boolean {
  return code === 200 || answer.text === '"OK"'
}

/** Plain text, sent after the token was found good. */
function isFluentBitEmptyBody(answer: Answer): boolean {
  return answer.status === 400 && answer.text.startsWith('error: no payload found')
}

/** The code of the HEC envelope in the answer; undefined without one. */
export function hecCodeOf(answer: Answer): number | undefined {
  if (!answer.text.startsWith('{')) return undefined
  try {
    const parsed = envelope.safeParse(JSON.parse(answer.text))
    return parsed.success ? parsed.data.code : undefined
  } catch {
    return undefined
  }
}
