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
  const [target] = parseConfigText(text)
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
  expect(parseConfigText(text)).toEqual([
    { name: '', values: { enable: 'off', endpoint: '' }, overrides: [] },
    {
      name: 's3audit-t1',
      values: { endpoint: 'http://elsewhere/x', auth_token: '', client_cert: '', queue_size: '5', comment: 'x y' },
      overrides: ['endpoint', 'auth_token'],
    },
  ])
})

test('a target of the environment alone has the values of its variables', () => {
  const text = [
    '# MINIO_AUDIT_WEBHOOK_ENABLE_my_queue_dir=on',
    '# MINIO_AUDIT_WEBHOOK_ENDPOINT_my_queue_dir=http://h/x?a=b c',
    '# MINIO_AUDIT_WEBHOOK_QUEUE_DIR_my_queue_dir=/q',
    'audit_webhook:my_queue_dir ',
    '# MINIO_AUDIT_WEBHOOK_QUEUE_SIZE=7',
    'audit_webhook enable=off ',
  ].join('\n')
  expect(parseConfigText(text)).toEqual([
    {
      name: 'my_queue_dir',
      values: { enable: 'on', endpoint: 'http://h/x?a=b c', queue_dir: '/q' },
      overrides: ['enable', 'endpoint', 'queue_dir'],
    },
    { name: '', values: { enable: 'off', queue_size: '7' }, overrides: ['queue_size'] },
  ])
})

test('a quote inside a value hides none of the values after it', () => {
  const [target] = parseConfigText('audit_webhook:t comment="a "b" c=d" queue_size=7 endpoint=http://h/"x ')
  expect(target?.values).toMatchObject({ queue_size: '7', endpoint: 'http://h/"x' })
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
  expect(parseConfigText(line)[0]).toEqual({ name: 's3audit-t1', values, overrides: [] })
})

test.each([
  { name: 'a quote', values: { endpoint: 'http://h/"' }, says: 'a double quote (")' },
  { name: 'a line break', values: { auth_token: 'a\nb' }, says: 'the control character U+000A' },
  { name: 'a control character that nobody sees', values: { queue_dir: '/q\u0085' }, says: 'U+0085' },
  { name: 'a single quote at the beginning', values: { queue_dir: "'q" }, says: "(') at its beginning" },
  { name: 'a single quote at the end', values: { auth_token: "abc'" }, says: "(') at its end" },
  { name: 'a known key', values: { endpoint: 'http://h/x?queue_dir=/etc' }, says: "'queue_dir='" },
])('$name in a value is refused before anything is sent', ({ values, says }) => {
  const print = () => printConfigLine('t', values, keys)
  expect(print).toThrow(ProviderError)
  expect(print).toThrow(says)
})

test('a refused token is not shown', () => {
  expect(() => printConfigLine('t', { auth_token: 'canary"' }, keys)).toThrow(/^(?!.*canary)/)
})
