import { afterAll, beforeAll, expect, test } from 'vitest'

import { Secret } from '../../../src/observability/secret.ts'
import { ProviderError } from '../../../src/providers/provider-error.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { failureOf } from '../../support/failure-of.ts'
import { exportedLines, exportedTargets } from '../../support/minio-config.ts'
import { createProviderUnderTest, type ProviderUnderTest } from './provider-under-test.ts'

// Values that the server's text can carry arrive whole and are read back whole; all others are refused before anything is sent.

const stack = new AsyncDisposableStack()
const name = 's3audit-grammar'
/** A target that is off is stored with anything. */
const off = { endpoint: 'http://127.0.0.1:1/x', enabled: false }
let minio: MinioServer
let provider: ProviderUnderTest

beforeAll(async () => {
  minio = stack.use(await startMinio())
  provider = stack.use(createProviderUnderTest(minio))
})
afterAll(() => stack.disposeAsync())

/** Printable ASCII without the quotes, and what passes for a blank or a letter elsewhere. */
const harmless = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(0x20 + index))
  .filter((character) => character !== '"' && character !== "'")
  .concat(
    '\u00A0',
    '\u1680',
    '\u2003',
    '\u2028',
    '\u2029',
    '\u202F',
    '\u3000',
    '\uFEFF',
    '\u00E9',
    '\u{1F512}',
    '\u200B',
  )

/** Every harmless character in the middle of a value, some at a time. */
const mixtures = Array.from({ length: Math.ceil(harmless.length / 18) }, (_, group) => ({
  value: `a${harmless.slice(group * 18, (group + 1) * 18).join('b')}c`,
}))

test.each([
  ...mixtures,
  { value: "it's" },
  { value: 'a=b c=d' },
  { value: '# MINIO_AUDIT_WEBHOOK_ENDPOINT_x=y' },
  { value: 'audit_webhook:other enabled' },
  { value: 'endpoint' },
  { value: 'unknown_key=value' },
  { value: '=' },
  { value: ' blanks around ' },
  { value: '\u00A0no-break around\u00A0' },
  { value: '\uFEFFmarked' },
])('%j arrives whole and is read back whole', async ({ value }) => {
  await provider.apply(name, { ...off, authorization: new Secret(value), settings: { queue_dir: value } })
  expect(await exportedLines(minio)).toContainEqual(expect.stringContaining(value))
  const seen = await provider.read(name)
  expect(seen).toMatchObject({ state: 'Present', enabled: false, endpoint: off.endpoint, token: { kind: 'Hidden' } })
  expect(seen.state === 'Present' && seen.settings['queue_dir']).toBe(value)
})

const keys = [
  'enable',
  'endpoint',
  'auth_token',
  'client_cert',
  'client_key',
  'batch_size',
  'queue_size',
  'queue_dir',
  'max_retry',
  'retry_interval',
  'http_timeout',
  'comment',
]

test.each([
  ...keys.map((key) => ({ value: `canary?${key}=x`, says: `the text '${key}='` })),
  { value: 'canary"x', says: 'double quote' },
  { value: "'canary", says: 'single quote' },
  { value: "canary'", says: 'single quote' },
  { value: 'canary\tx', says: 'U+0009' },
  { value: 'canary\nx', says: 'U+000A' },
  { value: 'canary\rx', says: 'U+000D' },
  { value: 'canary\u0000x', says: 'U+0000' },
  { value: 'canary\u0085x', says: 'U+0085' },
  { value: 'canary\u007Fx', says: 'U+007F' },
])('%j is refused, whichever field it stands in, and nothing changes', async ({ value, says }) => {
  await provider.apply(name, off)
  const before = await exportedTargets(minio)
  for (const wrong of [{ authorization: new Secret(value) }, { settings: { queue_dir: value } }, { endpoint: value }]) {
    const error = await failureOf(provider.apply(name, { ...off, ...wrong }))
    expect(error).toBeInstanceOf(ProviderError)
    expect(error).toMatchObject({ code: 'InvalidSpec' })
    expect(String(error)).toContain(says)
    expect(String(error)).not.toContain('canary')
  }
  expect(await exportedTargets(minio)).toEqual(before)
})
