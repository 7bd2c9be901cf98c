import { inspect } from 'node:util'

import { expect, test } from 'vitest'

import { Secret } from './secret.ts'

const canary = 'canary-1f2e'

test.each([
  { name: 'a template', print: (secret: Secret) => String(secret) },
  { name: 'JSON', print: (secret: Secret) => JSON.stringify({ deep: { secret } }) },
  { name: 'inspect', print: (secret: Secret) => inspect({ secret }, { showHidden: true, depth: 9 }) },
  { name: 'an error message', print: (secret: Secret) => new Error(`refused: ${String(secret)}`).stack ?? '' },
])('$name prints [redacted] and not the value', ({ print }) => {
  const text = print(new Secret(canary))
  expect(text).toContain('[redacted]')
  expect(text).not.toContain(canary)
})

test('values compare without being printed', () => {
  expect(new Secret('a').equals(new Secret('a'))).toBe(true)
  expect(new Secret('a').equals(new Secret('b'))).toBe(false)
  expect(new Secret('a').equals(undefined)).toBe(false)
})
