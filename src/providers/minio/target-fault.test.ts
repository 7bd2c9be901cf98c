import { expect, test } from 'vitest'

import { targetFault } from './target-fault.ts'

const values = {
  endpoint: 'https://h:8088/x',
  client_cert: '',
  client_key: '',
  queue_size: '100000',
  queue_dir: '',
  batch_size: '1',
  max_retry: '0',
  retry_interval: '3s',
  http_timeout: '5s',
}
const knownKeys = ['endpoint', 'auth_token', ...Object.keys(values)]

test.each<{ name: string; change: Readonly<Record<string, string>>; names: string | undefined }>([
  { name: 'a good target', change: {}, names: undefined },
  { name: 'the longest pause', change: { retry_interval: '1m0s' }, names: undefined },
  { name: 'a target that is off, whatever it holds', change: { enable: 'off', endpoint: 'x' }, names: undefined },
  { name: 'no endpoint', change: { endpoint: '' }, names: "'endpoint'" },
  { name: 'an endpoint of another scheme', change: { endpoint: 'ftp://h/x' }, names: "'endpoint'" },
  { name: 'an endpoint without a host', change: { endpoint: 'http:///x' }, names: "'endpoint'" },
  { name: 'a certificate without its key', change: { client_cert: '/c.pem' }, names: "'client_cert'" },
  { name: 'an empty queue', change: { queue_size: '0' }, names: "'queue_size'" },
  { name: 'a batch of words', change: { batch_size: 'ten' }, names: "'batch_size'" },
  { name: 'fewer than no retries', change: { max_retry: '-1' }, names: "'max_retry'" },
  { name: 'too long a pause', change: { retry_interval: '61s' }, names: "'retry_interval'" },
  { name: 'no duration', change: { retry_interval: 'soon' }, names: "'retry_interval'" },
  { name: 'too short a time-out', change: { http_timeout: '999ms' }, names: "'http_timeout'" },
  { name: 'a key of another version', change: { enable: 'off', flux: '1' }, names: "'flux'" },
])('$name: the fault names $names', ({ change, names }) => {
  const fault = targetFault({ name: 't', values: { ...values, ...change }, overrides: [] }, knownKeys)
  if (names === undefined) expect(fault).toBeUndefined()
  else expect(fault).toContain(names)
})

test('a value of the environment is told as such', () => {
  const target = { name: 't', values: { ...values, queue_size: '0' }, overrides: ['queue_size'] }
  expect(targetFault(target, knownKeys)).toContain('environment')
})

test('an older server without the newer keys has no fault for it', () => {
  const { endpoint, queue_size: size } = values
  const target = { name: 't', values: { endpoint, queue_size: size }, overrides: [] }
  expect(targetFault(target, ['endpoint', 'queue_size'])).toBeUndefined()
})
