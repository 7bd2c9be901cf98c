import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { failureOf } from '../../../test/support/failure-of.ts'
import { systemClock } from '../../kube/clock.ts'
import { createAddressGuard } from '../../net/address-guard.ts'
import { createHttpClientFactory } from '../../net/http-client-factory.ts'
import { Secret } from '../../observability/secret.ts'
import { ProviderError } from '../provider-error.ts'
import type { AuditWebhookProvider, DesiredWebhook } from '../provider.ts'
import { createArgon2 } from './argon2.ts'
import { createMinioProvider } from './minio-provider.ts'
import { openBody, sealBody } from './sealed-body.ts'

/** What a real server cannot be told to answer; all else is proved against one. */
interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

interface Double {
  readonly url: URL
  /** Paths without their queries, with methods. */
  readonly asked: string[]
  /** The last body, opened. */
  lastBody: string
}

const secretKey = new Secret('minioadmin')
const argon2 = createArgon2()
const signal = new AbortController().signal
const webhook = { targetName: 's3audit-t' }
const desired: DesiredWebhook = {
  endpoint: 'http://h:8088/x',
  enabled: true,
  authorization: new Secret('Splunk t'),
  settings: {},
}
let stack: AsyncDisposableStack

beforeEach(() => {
  stack = new AsyncDisposableStack()
})
afterEach(() => stack.disposeAsync())

async function startDouble(answer: (route: string) => Reply | Promise<Reply>): Promise<Double> {
  const record = async (request: IncomingMessage): Promise<Reply> => {
    const body = await buffer(request)
    if (body.length > 0) double.lastBody = Buffer.from(await openBody(secretKey, body, { argon2, signal })).toString()
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    double.asked.push(`${request.method} ${path}`)
    return answer(path.split('/').at(-1) ?? '')
  }
  const server = createServer((request, response) => {
    record(request).then(
      ({ status = 200, headers = {}, body = '' }) => response.writeHead(status, headers).end(body),
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const double: Double = { url: new URL(`http://127.0.0.1:${port}`), asked: [], lastBody: '' }
  return double
}

function createProvider(...doubles: readonly Pick<Double, 'url'>[]): AuditWebhookProvider {
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  const factory = stack.use(createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false }))
  return createMinioProvider({
    endpoints: doubles.map(({ url }) => url),
    credentials: { accessKey: 'minioadmin', secretKey },
    httpClient: factory.forTrust({ verification: 'Full' }),
    requestTimeoutMilliseconds: 5_000,
    argon2,
    clock: systemClock,
  })
}

/** An error answer as the server writes it, with words that must not be repeated. */
function errorReply(status: number, code: string): Reply {
  return { status, body: JSON.stringify({ Code: code, Message: 'canary', Resource: '/canary' }) }
}

const identity = JSON.stringify({ deploymentID: 'd1', servers: [{ version: 'v1' }] })
const helpOf = (...keys: readonly string[]): Reply => ({
  body: JSON.stringify({ subSys: 'audit_webhook', keysHelp: keys.map((key) => ({ key })) }),
})
const allKeys = ['endpoint', 'auth_token', 'batch_size', 'queue_size', 'queue_dir', 'max_retry', 'retry_interval']
const newKeys = [...allKeys, 'http_timeout', 'comment']

describe('an answer that is not as it should be', () => {
  test.each<{ name: string; reply: Reply; code: ProviderError['code']; says: string }>([
    { name: 'a web page', reply: { body: '<html>canary</html>' }, code: 'ProviderMismatch', says: 'S3 endpoint' },
    { name: 'JSON of another service', reply: { body: '{"a":1}' }, code: 'ProviderMismatch', says: 'S3 endpoint' },
    { name: 'a wrong type', reply: { body: '{"deploymentID":5}' }, code: 'ProviderMismatch', says: 'S3 endpoint' },
    { name: 'no body', reply: {}, code: 'ProviderMismatch', says: 'S3 endpoint' },
    { name: 'a page that is not there', reply: { status: 404 }, code: 'ProviderMismatch', says: 'S3 endpoint' },
    {
      name: 'a redirect to the console',
      reply: { status: 307, headers: { location: '/canary' } },
      code: 'ProviderMismatch',
      says: 'console',
    },
    {
      name: 'http where https is wanted',
      reply: { status: 400, body: 'Client sent an HTTP request to an HTTPS server.' },
      code: 'ProviderMismatch',
      says: 'scheme',
    },
    {
      name: 'another version of the API',
      reply: errorReply(426, 'XMinioAdminVersionMismatch'),
      code: 'ProviderMismatch',
      says: 'version 3',
    },
    {
      name: 'an XML page that is no error of MinIO',
      reply: { status: 403, body: '<Error><Code>canary!</Code></Error>' },
      code: 'PermissionDenied',
      says: 'HTTP 403',
    },
    {
      name: 'an unknown access key',
      reply: errorReply(403, 'InvalidAccessKeyId'),
      code: 'CredentialsRejected',
      says: 'access key',
    },
    {
      name: 'an expired session',
      reply: errorReply(403, 'ExpiredToken'),
      code: 'CredentialsRejected',
      says: 'session token',
    },
    {
      name: 'a code that is none',
      reply: errorReply(403, '<canary>'),
      code: 'PermissionDenied',
      says: 'HTTP 403',
    },
    {
      name: 'a server that starts',
      reply: errorReply(503, 'XMinioServerNotInitialized'),
      code: 'ClusterUnreachable',
      says: 'HTTP 503',
    },
    {
      name: 'a fault of the server',
      reply: errorReply(500, 'InternalError'),
      code: 'ClusterUnreachable',
      says: 'InternalError',
    },
  ])('$name is told as $code, without a word of it', async ({ reply, code, says }) => {
    const double = await startDouble(() => reply)
    const error = await failureOf(createProvider(double).identify({ signal }))
    expect(error).toBeInstanceOf(ProviderError)
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(says)
    expect(String(error)).toContain(double.url.host)
    expect(String(error)).not.toContain('canary')
  })

  test.each([
    { name: 'no sealed message', body: () => Buffer.alloc(500, 'canary') },
    { name: 'one for another key', body: () => sealBody(new Secret('another'), Buffer.from('canary')) },
  ])('$name is a mismatch', async ({ body }) => {
    const double = await startDouble(async () => ({ body: await body() }))
    const error = await failureOf(createProvider(double).read(webhook, { signal }))
    expect(error).toMatchObject({ code: 'ProviderMismatch' })
    expect(String(error)).not.toContain('canary')
  })

  test('a sealed answer without audit targets has no webhook', async () => {
    const double = await startDouble(async () => ({ body: await sealBody(secretKey, Buffer.from('site name=x\n')) }))
    expect(await createProvider(double).read(webhook, { signal })).toEqual({ state: 'Absent' })
  })

  test('metrics that are refused without a reason name the permission', async () => {
    const double = await startDouble(async (route) =>
      route === 'cluster' ? { status: 403 } : { body: await sealBody(secretKey, Buffer.from('audit_webhook \n')) },
    )
    const error = await failureOf(createProvider(double).delivery?.(webhook, { signal }) ?? Promise.resolve())
    expect(error).toMatchObject({ code: 'PermissionDenied' })
    expect(String(error)).toContain('admin:Prometheus')
  })
})

describe('a webhook that is gone', () => {
  /** First there, then not. */
  const started = async (server: { uptime?: number; state?: string }): Promise<AuditWebhookProvider> => {
    const texts = ['audit_webhook \naudit_webhook:s3audit-t endpoint=http://h \n', 'audit_webhook \n']
    const double = await startDouble(async (route) => {
      if (route === 'info') return { body: JSON.stringify({ servers: [{ uptime: 5000, state: 'online' }, server] }) }
      return { body: await sealBody(secretKey, Buffer.from(texts.shift() ?? '')) }
    })
    const provider = createProvider(double)
    expect(await provider.read(webhook, { signal })).toMatchObject({ state: 'Present' })
    return provider
  }

  test.each([
    { name: 'run for a while', server: { uptime: 10, state: 'online' } },
    { name: 'are away', server: { state: 'offline' } },
  ])('is gone where the servers $name', async ({ server }) => {
    const provider = await started(server)
    expect(await provider.read(webhook, { signal })).toEqual({ state: 'Absent' })
  })

  test.each([{ uptime: 9 }, {}])('may be one that a server with %j has not loaded yet', async (server) => {
    const provider = await started({ ...server, state: 'online' })
    expect(await failureOf(provider.read(webhook, { signal }))).toMatchObject({ code: 'ClusterUnreachable' })
  })
})

describe('a write', () => {
  const applied = {
    headers: { 'x-minio-config-applied': 'true' },
    body: JSON.stringify({ services: { audit: [{ 'audit-s3audit-t': { status: 'offline' } }] } }),
  }

  test('sends one line with every key that the server knows, each in quotes', async () => {
    const double = await startDouble((route) => (route === 'help-config-kv' ? helpOf(...newKeys) : applied))
    await createProvider(double).apply(webhook, { ...desired, settings: { queue_size: '7' } }, { signal })
    expect(double.lastBody).toBe(
      'audit_webhook:s3audit-t enable="on" endpoint="http://h:8088/x" auth_token="Splunk t" queue_size="7" queue_dir="" ' +
        'batch_size="1" max_retry="0" retry_interval="3s" http_timeout="5s"',
    )
  })

  test('leaves out what an older server does not know, as long as its default is wanted', async () => {
    const double = await startDouble((route) =>
      route === 'help-config-kv' ? helpOf('endpoint', 'auth_token', 'queue_size') : applied,
    )
    const provider = createProvider(double)
    await provider.apply(webhook, { ...desired, settings: { max_retry: '0' } }, { signal })
    expect(double.lastBody).toBe(
      'audit_webhook:s3audit-t enable="on" endpoint="http://h:8088/x" auth_token="Splunk t" queue_size="100000"',
    )
    const error = await failureOf(provider.apply(webhook, { ...desired, settings: { max_retry: '3' } }, { signal }))
    expect(error).toMatchObject({ code: 'InvalidSpec' })
    expect(String(error)).toContain("'max_retry'")
    expect(double.asked.filter((asked) => asked.startsWith('PUT'))).toHaveLength(1)
  })

  test('that the server stored without putting it in force failed', async () => {
    const double = await startDouble((route) => (route === 'help-config-kv' ? helpOf(...newKeys) : {}))
    const error = await failureOf(createProvider(double).apply(webhook, desired, { signal }))
    expect(error).toMatchObject({ code: 'ApplyFailed' })
    expect(String(error)).toContain('restart')
  })

  test('that waits for a restart is not repeated, and is in force after the restart', async () => {
    let uptime = 1000
    const double = await startDouble(async (route) => {
      if (route === 'help-config-kv') return helpOf(...newKeys)
      if (route === 'info') return { body: JSON.stringify({ servers: [{ uptime: 0 }, { uptime }] }) }
      if (route === 'set-config-kv') return {}
      return { body: await sealBody(secretKey, Buffer.from(`audit_webhook:s3audit-t endpoint=${desired.endpoint} \n`)) }
    })
    const provider = createProvider(double)
    const writes = () => double.asked.filter((asked) => asked.startsWith('PUT')).length
    expect(await failureOf(provider.apply(webhook, desired, { signal }))).toMatchObject({ code: 'ApplyFailed' })
    const error = await failureOf(provider.read(webhook, { signal }))
    expect(error).toMatchObject({ code: 'ApplyFailed' })
    expect(String(error)).toContain('restart')

    uptime = 0
    expect(await provider.read(webhook, { signal })).toMatchObject({ endpoint: desired.endpoint, enabled: true })
    await provider.apply(webhook, desired, { signal })
    expect(writes()).toBe(1)

    // Another setting is another change.
    const other = { ...desired, authorization: new Secret('Splunk u') }
    expect(await failureOf(provider.apply(webhook, other, { signal }))).toMatchObject({ code: 'ApplyFailed' })
    expect(writes()).toBe(2)
  })

  test('that removes what has gone meanwhile is done', async () => {
    const double = await startDouble(async (route) =>
      route === 'del-config-kv'
        ? errorReply(404, 'XMinioConfigNotFoundError')
        : { body: await sealBody(secretKey, Buffer.from('audit_webhook:s3audit-t endpoint=http://h \n')) },
    )
    await createProvider(double).remove(webhook, { signal })
    expect(double.lastBody).toBe('audit_webhook:s3audit-t')
  })

  test('of a value that would be cut is refused before anything is sent', async () => {
    const double = await startDouble(() => helpOf(...newKeys))
    const error = await failureOf(
      createProvider(double).apply(webhook, { ...desired, authorization: new Secret('canary endpoint=') }, { signal }),
    )
    expect(error).toMatchObject({ code: 'InvalidSpec' })
    expect(String(error)).not.toContain('canary')
    expect(double.asked).toEqual(['GET /minio/admin/v3/help-config-kv'])
  })
})

describe('several endpoints', () => {
  test.each([503, 'refused'] as const)(
    'are failed over when one is %s, and the one that answered is asked first then',
    async (failure) => {
      const second = await startDouble(() => ({ body: identity }))
      const first =
        failure === 'refused'
          ? { url: new URL('http://127.0.0.1:1'), asked: [] }
          : await startDouble(() => ({ status: 503 }))
      const provider = createProvider(first, second)
      await provider.identify({ signal })
      await provider.identify({ signal })
      expect(first.asked).toHaveLength(failure === 'refused' ? 0 : 1)
      expect(second.asked).toHaveLength(2)
    },
  )

  test('are not when one of them refuses the credentials', async () => {
    const first = await startDouble(() => errorReply(403, 'SignatureDoesNotMatch'))
    const second = await startDouble(() => ({ body: identity }))
    const error = await failureOf(createProvider(first, second).identify({ signal }))
    expect(error).toMatchObject({ code: 'CredentialsRejected' })
    expect(second.asked).toEqual([])
  })

  test('that are all away are told with the last of them', async () => {
    const first = await startDouble(() => ({ status: 503 }))
    const error = await failureOf(createProvider(first, { url: new URL('http://127.0.0.1:1') }).identify({ signal }))
    expect(error).toMatchObject({ code: 'ClusterUnreachable' })
    expect(String(error)).toContain('127.0.0.1:1')
  })
})
