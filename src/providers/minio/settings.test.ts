import { expect, test } from 'vitest'

import { minioSettings, observedSettings } from './settings.ts'

test('an empty block asks for the defaults of the server, and a fresh target has them', () => {
  expect(observedSettings({ endpoint: 'http://h' })).toEqual(minioSettings({}))
})

test('every field of the block has its key', () => {
  const block = {
    queueSize: 5,
    queueDir: '/q',
    batchSize: 2,
    maxRetries: 3,
    retryIntervalSeconds: 60,
    requestTimeoutSeconds: 90,
  }
  const stored = {
    queue_size: '5',
    queue_dir: '/q',
    batch_size: '2',
    max_retry: '3',
    retry_interval: '1m0s',
    http_timeout: '1m30s',
  }
  expect(observedSettings(stored)).toEqual(minioSettings(block))
})

test('a key that an older server does not know has its default', () => {
  expect(observedSettings({ queue_size: '7' })).toEqual(minioSettings({ queueSize: 7 }))
})

test('a duration that cannot be read equals nothing that can be wanted', () => {
  expect(observedSettings({ http_timeout: 'soon' })['http_timeout']).toBe('soon')
})
