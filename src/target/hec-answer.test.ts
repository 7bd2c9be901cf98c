import { describe, expect, it } from 'vitest'

import { readAnswer } from './answer.ts'
import { type HecQuestion, judgeHecAnswer } from './hec-answer.ts'
import { hecMeaning } from './hec-codes.ts'

interface Given {
  readonly status: number
  readonly body?: string
  readonly type?: string
}

const health: HecQuestion = { level: 1 }
const token: HecQuestion = { level: 2 }
const raw: HecQuestion = { level: 3, endpoint: 'raw' }
const event: HecQuestion = { level: 3, endpoint: 'event' }

function judge(question: HecQuestion, { status, body = '', type = 'application/json' }: Given): string {
  const headers = { 'content-type': type }
  const { class: verdictClass, reason } = judgeHecAnswer(
    question,
    readAnswer({ status, headers, body: Buffer.from(body) }, 0),
  )
  return `${verdictClass} ${reason}`
}

function hec(status: number, code: number, type?: string): Given {
  return { status, body: JSON.stringify({ text: 'words of their own', code }), ...(type === undefined ? {} : { type }) }
}

describe('the code table', () => {
  it.each([
    [0, 'ok', 'Accepted'],
    [1, 'misconfigured', 'TokenDisabled'],
    [2, 'misconfigured', 'TokenMissing'],
    [3, 'misconfigured', 'TokenSchemeInvalid'],
    [4, 'misconfigured', 'TokenInvalid'],
    [5, 'rejected', 'PayloadRejected'],
    [6, 'rejected', 'PayloadRejected'],
    [7, 'misconfigured', 'IndexNotAllowed'],
    [8, 'transient', 'ServerError'],
    [9, 'transient', 'ServerBusy'],
    [10, 'misconfigured', 'ChannelRequired'],
    [11, 'misconfigured', 'ChannelInvalid'],
    [12, 'misconfigured', 'EventWrapperMissing'],
    [13, 'rejected', 'PayloadRejected'],
    [14, 'misconfigured', 'AckDisabled'],
    [15, 'rejected', 'PayloadRejected'],
    [16, 'misconfigured', 'QueryTokenRefused'],
    [17, 'ok', 'Healthy'],
    [18, 'transient', 'QueuesFull'],
    [19, 'transient', 'AckUnavailable'],
    [20, 'transient', 'QueuesFull'],
    [21, 'misconfigured', 'TokenInvalid'],
    [22, 'misconfigured', 'TokenDisabled'],
    [23, 'transient', 'ShuttingDown'],
    [24, 'warning', 'CapacityWarning'],
    [25, 'warning', 'CapacityWarning'],
    [26, 'transient', 'Throttled'],
    [27, 'transient', 'Throttled'],
  ])('code %i is %s, %s', (code, verdictClass, reason) => {
    expect(hecMeaning(code)).toMatchObject({ class: verdictClass, reason })
  })

  it.each([-1, 28, 404, 200])('knows no code %i', (code) => {
    expect(hecMeaning(code)).toBeUndefined()
  })
})

describe('what an answer means', () => {
  const cases: readonly { name: string; question: HecQuestion; given: Given; want: string }[] = [
    { name: 'health of Splunk', question: health, given: hec(200, 17), want: 'ok Healthy' },
    { name: 'health in plain text', question: health, given: hec(200, 17, 'text/plain'), want: 'ok Healthy' },
    { name: 'health with code 0', question: health, given: hec(200, 0), want: 'ok Healthy' },
    { name: 'health of Fluent Bit', question: health, given: hec(200, 200), want: 'ok Healthy' },
    { name: 'a bare JSON OK', question: health, given: { status: 200, body: '"OK"' }, want: 'ok Healthy' },
    { name: 'full queues', question: health, given: hec(503, 18), want: 'transient QueuesFull' },
    { name: 'a bad token in health', question: health, given: hec(400, 21), want: 'misconfigured TokenInvalid' },
    {
      name: '200 to everything',
      question: health,
      given: { status: 200, body: 'Hello', type: 'text/plain' },
      want: 'misconfigured NotAnEventCollector',
    },
    { name: '200 and nothing', question: health, given: { status: 200 }, want: 'misconfigured NotAnEventCollector' },
    {
      name: 'a login page',
      question: health,
      given: { status: 200, body: '<!DOCTYPE html><html>', type: 'text/html; charset=utf-8' },
      want: 'misconfigured NotAnEventCollector',
    },
    {
      name: 'a login page of no declared type',
      question: raw,
      given: { status: 200, body: '  <html>', type: '' },
      want: 'misconfigured NotAnEventCollector',
    },
    {
      name: 'plain HTTP sent to a TLS port',
      question: token,
      given: { status: 400, body: 'Client sent an HTTP request to an HTTPS server.', type: 'text/plain' },
      want: 'misconfigured NotAnEventCollector',
    },
    {
      name: 'an error page of a proxy',
      question: health,
      given: { status: 502, body: '<html>', type: 'text/html' },
      want: 'transient ServerError',
    },
    { name: 'a redirect', question: health, given: { status: 303, body: '<html>' }, want: 'misconfigured Redirected' },
    {
      name: 'a complaint about the missing body at the health path',
      question: health,
      given: hec(400, 5),
      want: 'misconfigured NotAnEventCollector',
    },
    { name: '407 of a proxy', question: raw, given: { status: 407 }, want: 'misconfigured AuthenticationRefused' },
    { name: 'a permanent redirect', question: raw, given: { status: 308 }, want: 'misconfigured Redirected' },
    { name: 'not found', question: token, given: { status: 404 }, want: 'misconfigured WrongPath' },
    { name: "Splunk's not found", question: token, given: hec(404, 404), want: 'misconfigured WrongPath' },
    { name: 'wrong method', question: raw, given: { status: 405 }, want: 'misconfigured WrongPath' },
    { name: '401 of a proxy', question: health, given: { status: 401 }, want: 'misconfigured AuthenticationRefused' },
    { name: '403 of a proxy', question: raw, given: { status: 403 }, want: 'misconfigured AuthenticationRefused' },
    { name: 'empty body, good token', question: token, given: hec(400, 5), want: 'ok Healthy' },
    { name: 'empty body, other order of checks', question: token, given: hec(400, 6), want: 'ok Healthy' },
    { name: 'empty body taken', question: token, given: hec(200, 0), want: 'ok Healthy' },
    { name: 'empty body taken without a word', question: token, given: { status: 204 }, want: 'ok Healthy' },
    {
      name: 'empty body of Fluent Bit',
      question: token,
      given: { status: 400, body: 'error: no payload found\n', type: 'text/plain' },
      want: 'ok Healthy',
    },
    { name: 'empty body, unknown token', question: token, given: hec(403, 4), want: 'misconfigured TokenInvalid' },
    { name: 'empty body, no scheme', question: token, given: hec(401, 3), want: 'misconfigured TokenSchemeInvalid' },
    { name: 'empty body, channel wanted', question: token, given: hec(400, 10), want: 'misconfigured ChannelRequired' },
    { name: 'empty body, nearly full', question: token, given: hec(200, 24), want: 'warning CapacityWarning' },
    { name: 'an event taken', question: raw, given: hec(200, 0), want: 'ok Accepted' },
    { name: 'an event taken as text', question: raw, given: { status: 200, body: '"OK"' }, want: 'ok Accepted' },
    { name: 'an event taken without a word', question: raw, given: { status: 204 }, want: 'ok Accepted' },
    { name: 'blank to raw', question: raw, given: hec(400, 6), want: 'rejected PayloadRejected' },
    { name: 'no wrapper, code 12', question: event, given: hec(400, 12), want: 'misconfigured EventWrapperMissing' },
    { name: 'no wrapper, code 13', question: event, given: hec(400, 13), want: 'misconfigured EventWrapperMissing' },
    { name: 'no wrapper, code 6', question: event, given: hec(400, 6), want: 'misconfigured EventWrapperMissing' },
    { name: 'no wrapper, code 5', question: event, given: hec(400, 5), want: 'misconfigured EventWrapperMissing' },
    { name: 'a forbidden index', question: raw, given: hec(400, 7), want: 'misconfigured IndexNotAllowed' },
    { name: 'health told to a token test', question: token, given: hec(200, 17), want: 'misconfigured WrongPath' },
    { name: 'health told to an event', question: event, given: hec(200, 17), want: 'misconfigured WrongPath' },
    { name: 'health told below a failure', question: raw, given: hec(503, 17), want: 'transient ServerBusy' },
    { name: 'too large', question: raw, given: { status: 413 }, want: 'rejected PayloadTooLarge' },
    {
      name: 'an unknown 400',
      question: raw,
      given: { status: 400, body: 'no', type: '' },
      want: 'rejected PayloadRejected',
    },
    { name: '415', question: raw, given: { status: 415 }, want: 'rejected PayloadRejected' },
    { name: 'a busy proxy', question: raw, given: { status: 503 }, want: 'transient ServerBusy' },
    { name: 'a throttling proxy', question: raw, given: { status: 429 }, want: 'transient Throttled' },
    { name: 'a request time-out', question: raw, given: { status: 408 }, want: 'transient ResponseTimeout' },
    { name: 'an error', question: raw, given: { status: 500 }, want: 'transient ServerError' },
    { name: 'success written under a failure', question: raw, given: hec(502, 0), want: 'transient ServerError' },
    { name: 'failure written under a success', question: raw, given: hec(200, 4), want: 'misconfigured TokenInvalid' },
    {
      name: 'a code that is no number',
      question: raw,
      given: { status: 200, body: '{"code":"0"}' },
      want: 'ok Accepted',
    },
    {
      name: 'half an envelope',
      question: token,
      given: { status: 403, body: '{"code":4' },
      want: 'misconfigured AuthenticationRefused',
    },
  ]
  it.each(cases)('$name: $want', ({ question, given, want }) => {
    expect(judge(question, given)).toBe(want)
  })

  it('says nothing in the words of the target', () => {
    const answer = readAnswer({ status: 403, headers: {}, body: Buffer.from('{"text":"canary","code":4}') }, 0)
    expect(judgeHecAnswer(token, answer).text).not.toContain('canary')
  })

  it('gives the way out of a wrapper', () => {
    const answer = readAnswer({ status: 400, headers: {}, body: Buffer.from('{"text":"","code":6}') }, 0)
    expect(judgeHecAnswer(event, answer).text).toContain('/services/collector/raw')
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1)
  it.each([
    { name: 'seconds', value: '7', want: 7_000 },
    { name: 'a date', value: new Date(now + 9_000).toUTCString(), want: 9_000 },
    { name: 'a date in the past', value: new Date(now - 9_000).toUTCString(), want: 0 },
    { name: 'more than is good for the tests', value: '86400', want: 300_000 },
    { name: 'nonsense', value: 'soon', want: undefined },
    { name: 'nothing', value: undefined, want: undefined },
  ])('$name', ({ value, want }) => {
    const answer = readAnswer({ status: 503, headers: { 'retry-after': value }, body: new Uint8Array() }, now)
    expect(answer.retryAfterMilliseconds).toBe(want)
  })
})
