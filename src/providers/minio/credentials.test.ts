import { expect, test } from 'vitest'

import { parseMinioCredentials } from './credentials.ts'

function secretData(values: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value)]))
}

test('keys are read without the white space around them', () => {
  const parsed = parseMinioCredentials(secretData({ accessKey: ' operator\n', secretKey: 'canary\n' }))
  if ('problem' in parsed) expect.fail(parsed.problem.message)
  expect(parsed.credentials.accessKey).toBe('operator')
  expect(parsed.credentials.secretKey.reveal()).toBe('canary')
  expect(parsed.credentials).not.toHaveProperty('sessionToken')
  expect(JSON.stringify(parsed)).not.toContain('canary')
})

test('temporary credentials have a session token', () => {
  const parsed = parseMinioCredentials(secretData({ accessKey: 'a', secretKey: 's', sessionToken: 't' }))
  if ('problem' in parsed) expect.fail(parsed.problem.message)
  expect(parsed.credentials.sessionToken?.reveal()).toBe('t')
})

test.each([
  { name: 'no access key', data: { secretKey: 'canary' }, key: 'accessKey' },
  { name: 'no secret key', data: { accessKey: 'a' }, key: 'secretKey' },
  { name: 'an empty secret key', data: { accessKey: 'a', secretKey: ' \n' }, key: 'secretKey' },
])('$name is told by the name of its key', ({ data, key }) => {
  expect(parseMinioCredentials(secretData(data))).toEqual({
    problem: { reason: 'SecretKeyMissing', message: expect.stringMatching(new RegExp(`^key '${key}'`)) as unknown },
  })
})
