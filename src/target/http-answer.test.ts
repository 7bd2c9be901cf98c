import { expect, it } from 'vitest'

import { readAnswer } from './answer.ts'
import { judgeHttpAnswer } from './http-answer.ts'

it.each([
  { name: 'any 2xx takes an event', level: 3, status: 202, type: '', want: 'ok Accepted' },
  {
    name: 'a page for people does not',
    level: 3,
    status: 200,
    type: 'text/html',
    want: 'misconfigured NotAnEventCollector',
  },
  { name: 'a health page may be one for people', level: 1, status: 200, type: 'text/html', want: 'ok Healthy' },
  { name: 'a redirect', level: 3, status: 302, type: '', want: 'misconfigured Redirected' },
  { name: 'authorization refused', level: 3, status: 401, type: '', want: 'misconfigured AuthenticationRefused' },
  { name: 'no health there', level: 1, status: 404, type: '', want: 'misconfigured WrongPath' },
  { name: 'an event it cannot read', level: 3, status: 422, type: '', want: 'rejected PayloadRejected' },
  { name: 'throttling', level: 3, status: 429, type: '', want: 'transient Throttled' },
  { name: 'an error', level: 1, status: 500, type: '', want: 'transient ServerError' },
] as const)('$name: $want', ({ level, status, type, want }) => {
  const answer = readAnswer({ status, headers: { 'content-type': type }, body: new Uint8Array() }, 0)
  const { class: verdictClass, reason } = judgeHttpAnswer(level, answer)
  expect(`${verdictClass} ${reason}`).toBe(want)
})
