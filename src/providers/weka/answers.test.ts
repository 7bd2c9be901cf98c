import { describe, expect, it } from 'vitest'

import { lockoutMilliseconds, parseAnswer, refusedParameter, statusOfError, tokenAnswer } from './answers.ts'

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

describe('an error by its body alone', () => {
  const lockedOut = 'Authentication Failed. User has been locked out for another 7s due to too many login attempts'
  const cases: readonly { name: string; given: unknown; want: number | undefined }[] = [
    { name: 'a message', given: { message: 'There is no S3 cluster' }, want: 400 },
    { name: 'a message and null', given: { message: 'No', data: null }, want: 400 },
    { name: 'a message and a parameter', given: { message: 'Wrong', data: { param: 'endpoint' } }, want: 400 },
    { name: 'an error under data', given: { data: { error: 'Wrong', reason: 'x' } }, want: 400 },
    { name: 'missing parameters', given: { data: { missing_params: ['endpoint'] } }, want: 400 },
    { name: 'Unauthorized', given: { data: 'Unauthorized' }, want: 401 },
    { name: 'Forbidden', given: { data: 'Forbidden' }, want: 403 },
    { name: 'a lock-out', given: { data: lockedOut }, want: 403 },
    { name: 'the usual success of a change', given: { data: null }, want: undefined },
    { name: 'an empty object', given: {}, want: undefined },
    { name: 'an empty message', given: { message: '', data: null }, want: undefined },
    { name: 'a message beside data', given: { message: 'Done', data: { guid: 'a' } }, want: undefined },
    { name: 'no error', given: { data: { error: null } }, want: undefined },
    { name: 'a list', given: { data: ['error'] }, want: undefined },
    { name: 'another text', given: { data: 'ok' }, want: undefined },
    { name: 'a number', given: 7, want: undefined },
  ]
  it.each(cases)('$name', ({ given, want }) => expect(statusOfError(given)).toBe(want))
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
