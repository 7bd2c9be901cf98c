import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { Secret } from '../../../src/observability/secret.ts'
import { minioSettings } from '../../../src/providers/minio/settings.ts'
import { ProviderError } from '../../../src/providers/provider-error.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { startEventReceiver, type EventReceiver } from '../../support/event-receiver.ts'
import { failureOf } from '../../support/failure-of.ts'
import { exportedLines, exportedTargets, resetTarget, runMc, setTarget } from '../../support/minio-config.ts'
import { createProviderUnderTest, type ProviderUnderTest } from './provider-under-test.ts'

const stack = new AsyncDisposableStack()
let minio: MinioServer
let receiver: EventReceiver
let provider: ProviderUnderTest

beforeAll(async () => {
  receiver = stack.use(await startEventReceiver())
  minio = stack.use(
    await startMinio({
      env: {
        MINIO_AUDIT_WEBHOOK_ENDPOINT_overridden: `${receiver.url}/environment`,
        MINIO_AUDIT_WEBHOOK_ENABLE_envonly: 'on',
        MINIO_AUDIT_WEBHOOK_ENDPOINT_envonly: `${receiver.url}/envonly`,
        MINIO_AUDIT_WEBHOOK_QUEUE_SIZE_envonly: '77',
      },
    }),
  )
  provider = stack.use(createProviderUnderTest(minio))
})
afterAll(() => stack.disposeAsync())

const defaults = {
  client_cert: '',
  client_key: '',
  batch_size: '1',
  queue_size: '100000',
  queue_dir: '',
  max_retry: '0',
  retry_interval: '3s',
  http_timeout: '5s',
}

async function target(name: string): Promise<Readonly<Record<string, string>> | undefined> {
  return (await exportedTargets(minio)).get(name)
}

test('the server agrees with every step of a webhook: on, rotated, tuned, back to defaults, off, on, removed', async () => {
  const name = 's3audit-life'
  const endpoint = `${receiver.url}/services/collector/raw?channel=a%20b&x='1'&y=%27`
  const first = new Secret('Splunk 11111111-1111-4111-8111-111111111111')
  const second = new Secret('Splunk 22222222-2222-4222-8222-222222222222')

  expect(await provider.read(name)).toEqual({ state: 'Absent' })
  await provider.apply(name, { endpoint, authorization: first })
  expect(await target(name)).toEqual({ enable: 'on', endpoint, auth_token: first.reveal(), ...defaults })
  const seen = { state: 'Present', endpoint, enabled: true, token: { kind: 'Hidden' }, overrides: [] }
  expect(await provider.read(name)).toEqual({ ...seen, settings: minioSettings({}) })

  await provider.apply(name, { endpoint, authorization: second })
  expect(await target(name)).toMatchObject({ auth_token: second.reveal() })

  const settings = minioSettings({
    queueSize: 5000,
    batchSize: 10,
    maxRetries: 4,
    retryIntervalSeconds: 60,
    requestTimeoutSeconds: 90,
  })
  await provider.apply(name, { endpoint, authorization: second, settings })
  expect(await target(name)).toMatchObject({ queue_size: '5000', batch_size: '10', max_retry: '4' })
  expect(await provider.read(name)).toEqual({ ...seen, settings })

  // A key that is left out goes back to its default.
  await provider.apply(name, { endpoint, settings: { queue_size: '7' } })
  expect(await target(name)).toEqual({ enable: 'on', endpoint, auth_token: '', ...defaults, queue_size: '7' })
  expect(await provider.read(name)).toMatchObject({
    token: { kind: 'None' },
    settings: minioSettings({ queueSize: 7 }),
  })

  await provider.apply(name, { endpoint, authorization: second, enabled: false })
  expect(await target(name)).toMatchObject({ enable: 'off', endpoint, auth_token: second.reveal() })
  expect(await provider.read(name)).toMatchObject({ enabled: false, endpoint })

  await provider.apply(name, { endpoint, authorization: second })
  expect(await target(name)).toMatchObject({ enable: 'on', auth_token: second.reveal() })

  await provider.remove(name)
  expect(await target(name)).toBeUndefined()
  expect(await provider.read(name)).toEqual({ state: 'Absent' })
})

test('what mc wrote is read as it is', async () => {
  const values = {
    endpoint: `${receiver.url}/hand`,
    auth_token: 'Bearer x',
    comment: 'made by "hand", queue size=1',
    queue_size: '12',
    retry_interval: '1m',
    http_timeout: '1500ms',
  }
  await setTarget(minio, 'byhand', values)
  expect(await provider.read('byhand')).toEqual({
    state: 'Present',
    endpoint: `${receiver.url}/hand`,
    enabled: true,
    token: { kind: 'Hidden' },
    settings: { ...minioSettings({ queueSize: 12, retryIntervalSeconds: 60 }), http_timeout: '1.5s' },
    overrides: [],
  })
  await setTarget(minio, 'byhand', { enable: 'off', auth_token: '' })
  expect(await provider.read('byhand')).toMatchObject({ enabled: false, token: { kind: 'None' } })
  await resetTarget(minio, 'byhand')
  // One that knew the target would not believe a server that has just started.
  await using newcomer = createProviderUnderTest(minio)
  expect(await newcomer.read('byhand')).toEqual({ state: 'Absent' })
})

test('targets of others stay as they are, to the byte', async () => {
  await setTarget(minio, 'foreign', {
    endpoint: `${receiver.url}/foreign`,
    auth_token: 'Bearer of another',
    queue_size: '4321',
    comment: 'not ours',
  })
  await setTarget(minio, 'foreign2', { enable: 'off', endpoint: `${receiver.url}/foreign2` })
  const before = await exportedLines(minio)
  expect(before.filter((line) => line.includes('foreign'))).toHaveLength(2)

  await provider.apply('s3audit-ours', { endpoint: `${receiver.url}/ours`, authorization: new Secret('Splunk t') })
  await provider.apply('s3audit-ours', { endpoint: `${receiver.url}/ours2`, enabled: false })
  const during = await exportedLines(minio)
  expect(during.filter((line) => !line.includes('s3audit-ours'))).toEqual(before)
  await provider.remove('s3audit-ours')
  expect(await exportedLines(minio)).toEqual(before)
  await resetTarget(minio, 'foreign')
  await resetTarget(minio, 'foreign2')
})

test('what the environment of the servers fixes is seen as it is in force', async () => {
  const endpoint = `${receiver.url}/wanted`
  await provider.apply('overridden', { endpoint })
  expect(await provider.read('overridden')).toMatchObject({
    endpoint: `${receiver.url}/environment`,
    enabled: true,
    overrides: ['endpoint'],
  })
  await provider.remove('overridden')
})

test('a target of the environment alone is seen, and removing it is no failure', async () => {
  const seen = {
    state: 'Present',
    endpoint: `${receiver.url}/envonly`,
    enabled: true,
    settings: minioSettings({ queueSize: 77 }),
  }
  expect(await provider.read('envonly')).toMatchObject(seen)
  await provider.remove('envonly')
  expect(await provider.read('envonly')).toMatchObject(seen)
})

test('a stored target that is broken is told as a fault of the settings, without the words of the server', async () => {
  const error = await failureOf(provider.apply('s3audit-broken', { endpoint: 'ftp://canary.example.com/x' }))
  expect(error).toBeInstanceOf(ProviderError)
  expect(error).toMatchObject({ code: 'ApplyFailed' })
  expect(String(error)).toContain('settings invalid')
  expect(String(error)).not.toContain('canary')
  expect(await provider.read('s3audit-broken')).toEqual({ state: 'Absent' })
})

test('a setting that the server does not know is refused before anything is written', async () => {
  const error = await failureOf(
    provider.apply('s3audit-new', { endpoint: `${receiver.url}/x`, settings: { flux_capacity: '1' } }),
  )
  expect(error).toMatchObject({ code: 'InvalidSpec' })
  expect(String(error)).toContain("'flux_capacity'")
  expect(await provider.read('s3audit-new')).toEqual({ state: 'Absent' })
})

test('three permissions are enough for everything', async () => {
  const actions = ['admin:ConfigUpdate', 'admin:ServerInfo', 'admin:Prometheus']
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions }] }
  const file = join(minio.dataDirectory, 'policy.json')
  await writeFile(file, JSON.stringify(policy))
  await runMc(minio, ['admin', 'policy', 'create', 'local', 'operator', file])
  const account = { accessKey: 'operator', secretKey: 'Correct-horse-1' }
  await runMc(minio, ['admin', 'user', 'add', 'local', account.accessKey, account.secretKey])
  await runMc(minio, ['admin', 'policy', 'attach', 'local', 'operator', '--user', account.accessKey])

  await using limited = createProviderUnderTest(minio, { credentials: account })
  const endpoint = `${receiver.url}/limited`
  expect(await limited.identify()).toEqual(await provider.identify())
  await limited.apply('s3audit-limited', { endpoint })
  expect(await limited.read('s3audit-limited')).toMatchObject({ endpoint, enabled: true })
  expect((await limited.delivery('s3audit-limited')).nodes).toEqual([
    expect.objectContaining({ node: new URL(minio.endpoint).host, capacityEvents: 100_000 }),
  ])
  await limited.remove('s3audit-limited')
  expect(await limited.read('s3audit-limited')).toEqual({ state: 'Absent' })
})
