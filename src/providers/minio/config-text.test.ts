import { expect, test } from 'vitest'

import { ProviderError } from '../provider-error.ts'
import { parseConfigText, printConfigLine } from './config-text.ts'

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

test('the answer of a fresh server is its default target, off', () => {
  const text =
    'audit_webhook enable=off endpoint= auth_token= client_cert= client_key= batch_size=1 queue_size=100000 queue_dir= max_retry=0 retry_interval=3s http_timeout=5s \n'
  const [target] = parseConfigText(text, keys)
  expect(target).toMatchObject({
    name: '',
    overrides: [],
    values: { enable: 'off', endpoint: '', queue_size: '100000', http_timeout: '5s' },
  })
})

test('several targets, quoted values and overrides by environment are told apart', () => {
  const text = [
    '# a remark',
    'audit_webhook enable=off endpoint= ',
    '# MINIO_AUDIT_WEBHOOK_ENDPOINT_s3audit-t1=http://elsewhere/x',
    '# MINIO_AUDIT_WEBHOOK_AUTH_TOKEN_s3audit-t1=',
    'audit_webhook:s3audit-t1 endpoint="http://h/a b" client_cert= queue_size=5 comment="x y" ',
  ].join('\n')
  expect(parseConfigText(text, keys)).toEqual([
    { name: '', values: { enable: 'off', endpoint: '' }, overrides: [] },
    {
      name: 's3audit-t1',
      values: { endpoint: 'http://h/a b', client_cert: '', queue_size: '5', comment: 'x y' },
      overrides: ['endpoint', 'auth_token'],
    },
  ])
})

test('a line is printed with every value in quotes and is read back the same', () => {
  const values = {
    enable: 'on',
    endpoint: 'https://h:8088/services/collector/raw?index=audit',
    auth_token: 'Splunk abc',
  }
  const line = printConfigLine('s3audit-t1', values, keys)
  expect(line).toBe(
    'audit_webhook:s3audit-t1 enable="on" endpoint="https://h:8088/services/collector/raw?index=audit" auth_token="Splunk abc"',
  )
  expect(parseConfigText(line, keys)[0]).toEqual({ name: 's3audit-t1', values, overrides: [] })
})

test.each([
  { name: 'a quote', values: { endpoint: 'http://h/"' }, says: 'double quote' },
  { name: 'a line break', values: { auth_token: 'a\nb' }, says: 'control character' },
  { name: 'a known key', values: { endpoint: 'http://h/x?queue_dir=/etc' }, says: "'queue_dir='" },
])('$name in a value is refused before anything is sent', ({ values, says }) => {
  const print = () => printConfigLine('t', values, keys)
  expect(print).toThrow(ProviderError)
  expect(print).toThrow(says)
})

test('a refused token is not shown', () => {
  expect(() => printConfigLine('t', { auth_token: 'canary"' }, keys)).toThrow(/^(?!.*canary)/)
})
