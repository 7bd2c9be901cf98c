import { expect, test } from 'vitest'

import { ApiError, ApiUnreachableError } from './api-error.ts'
import { retryDelay } from './retry-delay.ts'

const refusal = (status: number, retryAfterMilliseconds?: number): ApiError =>
  new ApiError({ status, reason: 'X', message: 'x', retryAfterMilliseconds })

test.each([
  { name: 'the wish of the server', error: refusal(429, 3000), retries: 0, want: 3000 },
  { name: 'the back-off when that is longer', error: refusal(503, 1000), retries: 4, want: 4000 },
  { name: 'a wish of nothing is no storm', error: refusal(429, 0), retries: 0, want: 250 },
  { name: 'no wish, no repeat', error: refusal(503), retries: 0, want: undefined },
  { name: 'another status is not repeated', error: refusal(500, 1000), retries: 0, want: undefined },
  { name: 'the sixth is not made', error: refusal(429, 1000), retries: 5, want: undefined },
  { name: 'half a minute is waited', error: refusal(429, 30_000), retries: 0, want: 30_000 },
  { name: 'more is not', error: refusal(429, 31_000), retries: 0, want: undefined },
  { name: 'no answer, no repeat', error: new ApiUnreachableError('Timeout', 'x'), retries: 0, want: undefined },
])('$name', ({ error, retries, want }) => expect(retryDelay(error, retries, () => 0)).toBe(want))

test('the delay is spread by up to a quarter', () => {
  expect(retryDelay(refusal(429, 1000), 0, () => 1)).toBe(1250)
})
