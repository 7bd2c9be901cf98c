import { createHash, createHmac } from 'node:crypto'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { systemClock, type Clock } from '../../../src/kube/clock.ts'
import { ProviderError } from '../../../src/providers/provider-error.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { failureOf } from '../../support/failure-of.ts'
import { runMc } from '../../support/minio-config.ts'
import { createProviderUnderTest } from './provider-under-test.ts'

const stack = new AsyncDisposableStack()
let minio: MinioServer

beforeAll(async () => {
  minio = stack.use(await startMinio())
})
afterAll(() => stack.disposeAsync())

const webhook = 's3audit-credentials'
const endpoint = 'http://127.0.0.1:1/x'

function clockOff(minutes: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + minutes * 60_000 }
}

test.each([-14, 14])('a clock that is %i minutes off is good enough for everything', async (minutes) => {
  await using provider = createProviderUnderTest(minio, { clock: clockOff(minutes) })
  await provider.apply(webhook, { endpoint })
  expect(await provider.read(webhook)).toMatchObject({ endpoint })
  expect((await provider.delivery(webhook)).nodes).toHaveLength(1)
  await provider.remove(webhook)
})

test.each([-20, 20])('a clock that is %i minutes off is called by its name', async (minutes) => {
  await using provider = createProviderUnderTest(minio, { clock: clockOff(minutes) })
  const error = await failureOf(provider.identify())
  expect(error).toBeInstanceOf(ProviderError)
  expect(error).toMatchObject({ code: 'ClusterUnreachable' })
  expect(String(error)).toContain('clocks')
})

test('temporary credentials work as long as their session token is sent', async () => {
  await runMc(minio, ['admin', 'user', 'add', 'local', 'lender', 'Correct-horse-1'])
  await runMc(minio, ['admin', 'policy', 'attach', 'local', 'consoleAdmin', '--user', 'lender'])
  const credentials = await assumeRole('lender', 'Correct-horse-1')
  await using provider = createProviderUnderTest(minio, { credentials })
  await provider.apply(webhook, { endpoint })
  expect(await provider.read(webhook)).toMatchObject({ endpoint })
  await provider.remove(webhook)

  const { accessKey, secretKey } = credentials
  await using without = createProviderUnderTest(minio, { credentials: { accessKey, secretKey } })
  expect(await failureOf(without.identify())).toMatchObject({ code: 'CredentialsRejected' })
})

test('metrics answer to temporary credentials as well', async () => {
  const credentials = await assumeRole('lender', 'Correct-horse-1')
  await using provider = createProviderUnderTest(minio, { credentials })
  await provider.apply(webhook, { endpoint })
  expect((await provider.delivery(webhook)).nodes).toHaveLength(1)
  await provider.remove(webhook)
})

test('a user who was disabled is told as rejected', async () => {
  await runMc(minio, ['admin', 'user', 'add', 'local', 'disabled', 'Correct-horse-2'])
  await runMc(minio, ['admin', 'user', 'disable', 'local', 'disabled'])
  await using provider = createProviderUnderTest(minio, {
    credentials: { accessKey: 'disabled', secretKey: 'Correct-horse-2' },
  })
  expect(await failureOf(provider.identify())).toMatchObject({ code: 'CredentialsRejected' })
})

/** Asks the server's STS, signed for the service `sts` (AWS Signature Version 4). */
async function assumeRole(
  accessKey: string,
  secretKey: string,
): Promise<{ accessKey: string; secretKey: string; sessionToken: string }> {
  const url = new URL(minio.endpoint)
  const body = 'Action=AssumeRole&Version=2011-06-15&DurationSeconds=900'
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const scope = `${stamp.slice(0, 8)}/us-east-1/sts/aws4_request`
  const hash = sha256(body)
  const names = 'host;x-amz-content-sha256;x-amz-date'
  const canonical = `POST\n/\n\nhost:${url.host}\nx-amz-content-sha256:${hash}\nx-amz-date:${stamp}\n\n${names}\n${hash}`
  const key = scope.split('/').reduce<Buffer>((last, part) => hmac(last, part), Buffer.from(`AWS4${secretKey}`))
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString('hex')
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-amz-content-sha256': hash,
      'x-amz-date': stamp,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    },
  })
  const answer = await response.text()
  const field = (name: string): string => new RegExp(`<${name}>([^<]+)<`).exec(answer)?.[1] ?? `no ${name}`
  return {
    accessKey: field('AccessKeyId'),
    secretKey: field('SecretAccessKey'),
    sessionToken: field('SessionToken'),
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
