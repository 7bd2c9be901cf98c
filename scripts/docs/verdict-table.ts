import { type TargetReason, targetReasons } from '../../src/api/reasons.ts'
import { transportErrorCodes } from '../../src/net/transport-error.ts'
import type { Answer } from '../../src/target/answer.ts'
import { type HecQuestion, judgeHecAnswer } from '../../src/target/hec-answer.ts'
import { hecMeaning, type Meaning } from '../../src/target/hec-codes.ts'
import { judgeHttpAnswer } from '../../src/target/http-answer.ts'
import { transportMeaning } from '../../src/target/transport-meaning.ts'
import type { VerdictClass } from '../../src/target/verdict.ts'
import { code, markdownTable } from './markdown-table.ts'
import { targetReasonTexts } from './target-reason-texts.ts'

/** Something that a test can see, and what the operator makes of it. */
interface Sight {
  readonly seen: string
  readonly meaning: Pick<Meaning, 'class' | 'reason'>
}

/** Reasons of the state that no single test gives. */
const notSeen: readonly TargetReason[] = ['SlowResponses', 'CAInvalid', 'NotTested', 'Disabled', 'Suspended']

/** Each verdict: how it is recognised, what it means and what to do. Made by asking the judges themselves. */
export function verdictTable(): string {
  const sights = [...withoutAnswer(), ...hecCodes(), ...statuses(), ...certificates]
  const rows = targetReasons
    .filter((reason) => !notSeen.includes(reason))
    .map((reason) => {
      const own = sights.filter(({ meaning }) => meaning.reason === reason)
      if (own.length === 0) throw new Error(`No test gives ${reason}: describe how it is seen, or that it is not`)
      const { meaning, remedy } = targetReasonTexts[reason]
      const seen = [...new Set(own.map((sight) => sight.seen))].join(', ')
      return [code(reason), classes(own), seen, meaning, remedy === '' ? '–' : remedy]
    })
  return markdownTable(['Reason', 'Verdict', 'Seen as', 'What it means', 'What to do'], rows)
}

function classes(sights: readonly Sight[]): string {
  return [...new Set<VerdictClass>(sights.map(({ meaning }) => meaning.class))].join(' or ')
}

function withoutAnswer(): readonly Sight[] {
  return transportErrorCodes.map((error) => ({ seen: transportSights[error], meaning: transportMeaning(error) }))
}

const transportSights: Readonly<Record<(typeof transportErrorCodes)[number], string>> = {
  EndpointNotAllowed: 'address',
  DNSFailed: 'DNS',
  ConnectionRefused: 'TCP',
  ConnectionReset: 'reset, or the end before the answer',
  ConnectTimeout: 'no connection in time',
  TLSUntrusted: 'TLS',
  TLSNameMismatch: 'TLS',
  TLSExpired: 'TLS',
  TLSNotYetValid: 'TLS',
  TLSVersionRefused: 'TLS',
  TLSClientCertificateWanted: 'TLS',
  ResponseTimeout: 'no answer in time',
  BodyTooLarge: 'an answer over 64 KiB',
  ProtocolError: 'another protocol',
}

const certificates: readonly Sight[] = [{ seen: 'TLS', meaning: { class: 'warning', reason: 'CertificateExpiring' } }]

const questions: readonly HecQuestion[] = [
  { level: 1 },
  { level: 2 },
  { level: 3, endpoint: 'raw' },
  { level: 3, endpoint: 'event' },
]

function hecCodes(): readonly Sight[] {
  const sights: Sight[] = []
  for (let hecCode = 0; hecMeaning(hecCode) !== undefined; hecCode++) {
    const text = JSON.stringify({ text: '', code: hecCode })
    // Whatever the status: Splunk's own decides nothing, and 400 is one that explains nothing.
    const status = hecMeaning(hecCode)?.class === 'ok' || hecMeaning(hecCode)?.class === 'warning' ? 200 : 400
    // Levels 1 and 2 take some codes for good news, which is told below the table of codes.
    for (const question of questions) {
      const meaning = judgeHecAnswer(question, answer(status, text))
      const own = question.level === 3 || meaning.class !== 'ok' || (question.level === 1 && hecCode === 17)
      if (own && meaning.reason !== 'NotAnEventCollector') sights.push({ seen: `code ${hecCode}`, meaning })
    }
  }
  return sights
}

/** Answers without a code. */
function statuses(): readonly Sight[] {
  const sights: Sight[] = []
  const shown: readonly number[] = [200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 429, 500, 502, 503, 504, 511]
  for (const status of shown) {
    for (const question of questions) {
      const meaning = judgeHecAnswer(question, answer(status, 'text'))
      const name = status < 300 ? '2xx' : String(status)
      sights.push({ seen: meaning.reason === 'NotAnEventCollector' ? `${name} without a code` : name, meaning })
    }
  }
  sights.push({ seen: '3xx', meaning: judgeHttpAnswer(3, answer(302, '')) })
  sights.push({ seen: 'a web page', meaning: judgeHttpAnswer(3, { ...answer(200, ''), html: true }) })
  return sights
}

function answer(status: number, text: string): Answer {
  return { status, html: false, text, retryAfterMilliseconds: undefined }
}
