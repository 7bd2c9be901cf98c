import { describe, expect, it } from 'vitest'

import { lockoutMilliseconds, parseAnswer, refusedParameter, tokenAnswer } from './answers.ts'

describe('how long an account is locked', () => {
  const text = (left: string): object => ({
    data: `Authentication Failed. User has been locked out for another ${left} due to too many login attempts`,
  })
  const cases: readonly { name: string; given: unknown; want: number | undefined }[] = [
    { name: 'minutes and seconds', given: text('1m55s'), want: 115_000 },
    { name: 'seconds', given: text('7s'), want: 7_000 },
    { name: 'fractions, rounded down', given: text('1m7.5s'), want: 67_000 },
    { name: 'hours, at most one', given: text('30h0m0s'), want: 3_600_000 },
    { name: 'no time: the default', given: text('while'), want: 120_000 },
    { name: 'another text', given: { data: 'Forbidden' }, want: undefined },
    { name: 'no text', given: { data: null }, want: undefined },
    { name: 'no object', given: 'locked out', want: undefined },
  ]
  it.each(cases)('$name', ({ given, want }) => expect(lockoutMilliseconds(given)).toBe(want))
})

describe('what stands under data', () => {
  const tokens = { access_token: 'a', expires_in: 300, token_type: 'Bearer' }
  const cases: readonly { name: string; given: unknown; want: object | undefined }[] = [
    { name: 'an object', given: { data: tokens }, want: { access_token: 'a', expires_in: 300 } },
    { name: 'an array of one', given: { data: [tokens] }, want: { access_token: 'a', expires_in: 300 } },
    { name: 'an array of two', given: { data: [tokens, tokens] }, want: undefined },
    { name: 'null', given: { data: null }, want: undefined },
    { name: 'another type', given: { data: { access_token: 7 } }, want: undefined },
    { name: 'no envelope', given: tokens, want: undefined },
    { name: 'text', given: 'a', want: undefined },
  ]
  it.each(cases)('$name', ({ given, want }) => expect(parseAnswer(tokenAnswer, given)).toEqual(want))
})

describe('the parameter that a 400 complains about', () => {
  const cases: readonly { name: string; given: unknown; want: string | undefined }[] = [
    { name: 'a wrong one', given: { message: 'm', data: { param: 'endpoint', error: 'e' } }, want: 'endpoint' },
    { name: 'a missing one', given: { data: { missing_params: ['x', 'auth_token'] } }, want: 'auth_token' },
    { name: 'one that was never sent', given: { data: { param: 'x' } }, want: undefined },
    { name: 'a message alone', given: { message: 'm' }, want: undefined },
    { name: 'another type', given: { data: 'Bad' }, want: undefined },
  ]
  it.each(cases)('$name', ({ given, want }) => expect(refusedParameter(given, ['endpoint', 'auth_token'])).toBe(want))
})
