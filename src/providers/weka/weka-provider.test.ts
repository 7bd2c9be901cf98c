import { describe, expect, it, onTestFinished } from 'vitest'

import { failureOf } from '../../../test/support/failure-of.ts'
import { startScriptedApiServer } from '../../../test/support/scripted-api-server.ts'
import {
  administrator,
  desiredWebhook,
  endpoint,
  key,
  startWekaCluster,
  statusesOf,
  token,
} from '../../../test/support/weka-cluster.ts'
import type { TlsTrust } from '../../net/http-client.ts'
import { Secret } from '../../observability/secret.ts'
import type { ProviderErrorCode } from '../provider-error.ts'

const minute = 60_000
const second = 1_000

const enablePath = '/s3/auditWebhook/enable'

describe('what is read', () => {
  it('is absent on a fresh cluster, though that says enabled', async ({ signal }) => {
    const { provider, simulator } = await startWekaCluster()
    expect(simulator.webhook()).toEqual({ endpoint: '', authToken: '', enabled: true })
    expect(await provider().read(key, { signal })).toEqual({ state: 'Absent' })
  })

  const shown = { kind: 'Shown', value: new Secret(token) }
  const cases = [
    { name: 'the token in clear', knobs: {}, want: shown },
    { name: 'the token under its other name', knobs: { tokenField: 'auth_token' }, want: shown },
    { name: 'the token in quotes', knobs: { tokenDisplay: 'quoted' }, want: shown },
    { name: 'the token masked', knobs: { tokenDisplay: 'masked' }, want: { kind: 'Hidden' } },
  ] as const
  it.each(cases)('$name', async ({ knobs, want }) => {
    const { provider, simulator } = await startWekaCluster({ knobs })
    simulator.setWebhookByHand({ endpoint, authToken: token, enabled: false })
    const read = await provider().read(key, { signal: AbortSignal.timeout(5_000) })
    expect(read).toMatchObject({ state: 'Present', endpoint, enabled: false, token: { kind: want.kind } })
    if (read.state === 'Present' && read.token.kind === 'Shown') expect(read.token.value.reveal()).toBe(token)
  })

  it.each([{ endpoint: null }, {}, { endpoint: ' ' }])('is absent when the cluster shows %o', async (shown) => {
    const body = { data: { ...shown, authToken: null, enabled: true } }
    const server = await startScriptedWeka({ 'GET /s3/auditWebhook': { status: 200, body } })
    const { provider } = await startWekaCluster()
    const cluster = provider({ endpoints: [new URL(server.url)] })
    expect(await cluster.read(key, { signal: AbortSignal.timeout(5_000) })).toEqual({ state: 'Absent' })
  })

  it('says who the cluster is', async ({ signal }) => {
    const { provider, simulator } = await startWekaCluster({ clusterName: 'storage', release: '5.1.0' })
    expect(await provider().identify({ signal })).toEqual({ id: simulator.guid, name: 'storage', version: '5.1.0' })
  })

  it.each([400, 404] as const)('is S3NotRunning without an S3 cluster (status %i)', async (noS3Status) => {
    const { provider, simulator } = await startWekaCluster({ knobs: { noS3Status } })
    simulator.setS3Cluster(false)
    const cluster = provider()
    const { signal } = new AbortController()
    expect(await failureOf(cluster.read(key, { signal }))).toMatchObject({ code: 'S3NotRunning' })
    expect(await failureOf(cluster.apply(key, desiredWebhook(), { signal }))).toMatchObject({ code: 'S3NotRunning' })
    await cluster.remove(key, { signal })
    await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: simulator.guid })
  })
})

describe('a change', () => {
  it('is one call, and over when the containers serve again', async ({ signal }) => {
    const weka = await startWekaCluster({ knobs: { restartMilliseconds: 20 * second } })
    const { clock, provider, simulator, settle } = weka
    const started = clock.monotonic()
    await settle(provider().apply(key, desiredWebhook(), { signal }))
    expect(clock.monotonic() - started).toBeGreaterThanOrEqual(20 * second)
    expect(clock.monotonic() - started).toBeLessThan(30 * second)
    expect(simulator.counters()).toMatchObject({ enables: 1, disables: 0 })
    expect(simulator.webhook()).toEqual({ endpoint, authToken: token, enabled: true })
  })

  it('waits for no container that was away before', async ({ signal }) => {
    const { provider, simulator, settle } = await startWekaCluster({ knobs: { restartMilliseconds: second } })
    simulator.setContainerReady(1, false)
    await settle(provider().apply(key, desiredWebhook(), { signal }))
    expect(simulator.webhook()).toMatchObject({ endpoint })
  })

  it('waits three minutes for the containers and no longer', async ({ signal }) => {
    const { clock, provider, simulator, settle } = await startWekaCluster({
      knobs: { restartMilliseconds: 9 * minute },
    })
    const started = clock.monotonic()
    const error = await failureOf(settle(provider().apply(key, desiredWebhook(), { signal }), second))
    expect(error).toMatchObject({ code: 'S3NotRunning' })
    expect(clock.monotonic() - started).toBeLessThan(3.5 * minute)
    expect(simulator.counters().enables).toBe(1)
  })

  it('ends at once when aborted, and no timer is left', async () => {
    const { clock, provider, simulator } = await startWekaCluster({ knobs: { restartMilliseconds: minute } })
    const abort = new AbortController()
    const applied = provider().apply(key, desiredWebhook(), { signal: abort.signal })
    applied.catch(() => undefined)
    await expect.poll(() => clock.pending(), { timeout: 5_000 }).toBe(1)
    const reason = new Error('The pass is over')
    abort.abort(reason)
    await expect(applied).rejects.toBe(reason)
    expect(clock.pending()).toBe(0)
    expect(simulator.counters().enables).toBe(1)
  })

  it('is refused without a token, before any call', async ({ signal }) => {
    const { provider, simulator } = await startWekaCluster()
    const error = await failureOf(provider().apply(key, desiredWebhook({ authorization: undefined }), { signal }))
    expect(error).toMatchObject({ code: 'InvalidSpec' })
    expect(simulator.requests()).toEqual([])
  })

  it('names the parameter that the cluster refuses, and nothing of its text', async ({ signal }) => {
    const { provider } = await startWekaCluster()
    const wrong = desiredWebhook({ endpoint: 'kafka://hec.example.com' })
    const error = await failureOf(provider().apply(key, wrong, { signal }))
    expect(error).toMatchObject({ code: 'InvalidSpec', message: expect.stringContaining("'endpoint'") as string })
    expect(String(error)).not.toContain('not a valid URL')
  })

  it('does not switch off what is off', async ({ signal }) => {
    const { provider, simulator } = await startWekaCluster()
    await provider().remove(key, { signal })
    simulator.setWebhookByHand({ endpoint, authToken: token, enabled: false })
    await provider().remove(key, { signal })
    expect(simulator.counters().disables).toBe(0)
  })

  it('takes the refusal to switch off twice as done', async ({ signal }) => {
    const { provider, simulator, settle } = await startWekaCluster({ knobs: { disableTwiceStatus: 400 } })
    simulator.setWebhookByHand({ endpoint, authToken: token, enabled: false })
    await settle(provider().apply(key, desiredWebhook({ enabled: false }), { signal }))
    expect(statusesOf({ simulator }, '/s3/auditWebhook/disable')).toEqual([400])
  })
})

describe('an error that comes with the status of a success', () => {
  const knobs = { errorsWithStatus200: true } as const

  it('is no success of a change', async ({ signal }) => {
    const { provider } = await startWekaCluster({ knobs })
    const wrong = desiredWebhook({ endpoint: 'kafka://hec.example.com' })
    expect(await failureOf(provider().apply(key, wrong, { signal }))).toMatchObject({ code: 'InvalidSpec' })
  })

  it('is told apart as any other', async ({ signal }) => {
    const { provider, simulator, settle } = await startWekaCluster({ knobs: { ...knobs, disableTwiceStatus: 400 } })
    const cluster = provider()
    simulator.setWebhookByHand({ endpoint, authToken: token, enabled: false })
    await settle(cluster.apply(key, desiredWebhook({ enabled: false }), { signal }))
    expect(simulator.counters().disables).toBe(0)
    simulator.setS3Cluster(false)
    expect(await failureOf(cluster.read(key, { signal }))).toMatchObject({ code: 'S3NotRunning' })
  })

  it('may say that the session is over', async ({ signal }) => {
    const answers = { 'GET /cluster': { status: 200, body: { data: 'Unauthorized' } } }
    const server = await startScriptedWeka(answers)
    const { provider } = await startWekaCluster()
    const error = await failureOf(provider({ endpoints: [new URL(server.url)] }).identify({ signal }))
    expect(error).toMatchObject({ code: 'CredentialsRejected' })
    expect(server.requests.filter(({ path }) => path.endsWith('/login'))).toHaveLength(2)
  })
})

describe('a change that takes a minute', () => {
  it('is waited for', async ({ signal }) => {
    const weka = await startWekaCluster({ knobs: { changeLatencyMilliseconds: minute } })
    await weka.settle(weka.provider().apply(key, desiredWebhook(), { signal }), 500)
    expect(statusesOf(weka, enablePath)).toEqual([200])
  })

  it('is looked for when the call ended before it, and not sent again', async ({ signal }) => {
    const weka = await startWekaCluster({ knobs: { changeLatencyMilliseconds: 20 * second } })
    const applied = weka.provider({ requestTimeoutMilliseconds: 300 }).apply(key, desiredWebhook(), { signal })
    await weka.settle(applied, 60)
    expect(weka.simulator.counters().enables).toBe(1)
    expect(statusesOf(weka, enablePath)).toHaveLength(1)
    expect(weka.simulator.webhook()).toEqual({ endpoint, authToken: token, enabled: true })
  })
})

describe('a change whose answer is lost', () => {
  const lost = [
    { name: 'the connection is reset', mode: 'reset', status: 0 },
    { name: 'a gateway answers 503', mode: 'unavailable', status: 503 },
    { name: 'the cluster answers 500', mode: 'serverError', status: 500 },
  ] as const
  it.each(lost)('is not made twice when it took effect: $name', async ({ mode, status }) => {
    const weka = await startWekaCluster({ backends: 2, knobs: { applyThenFail: { mode, count: 1 } } })
    const { signal } = new AbortController()
    await weka.settle(weka.provider().apply(key, desiredWebhook(), { signal }))
    expect(statusesOf(weka, enablePath)).toEqual([status])
    expect(weka.simulator.counters().enables).toBe(1)
    expect(weka.simulator.webhook()).toEqual({ endpoint, authToken: token, enabled: true })
  })

  it('is not made twice when no answer came in time', async ({ signal }) => {
    const weka = await startWekaCluster({ knobs: { applyThenFail: { mode: 'stall', count: 1 } } })
    const provider = weka.provider({ requestTimeoutMilliseconds: 300 })
    await weka.settle(provider.apply(key, desiredWebhook(), { signal }))
    expect(statusesOf(weka, enablePath)).toEqual([0])
  })

  it('is made by another endpoint when it had no effect', async ({ signal }) => {
    const knobs = { backendFaults: { '0': { mode: 'unavailable', path: enablePath } } } as const
    const weka = await startWekaCluster({ backends: 2, knobs })
    await weka.settle(weka.provider().apply(key, desiredWebhook(), { signal }))
    expect(statusesOf(weka, enablePath)).toEqual([503, 200])
    expect(weka.simulator.webhook()).toEqual({ endpoint, authToken: token, enabled: true })
  })

  it('is proved by its event where the token is masked', async ({ signal }) => {
    const knobs = { tokenDisplay: 'masked', applyThenFail: { mode: 'reset', count: 1 } } as const
    const weka = await startWekaCluster({ backends: 2, knobs })
    await weka.settle(weka.provider().apply(key, desiredWebhook(), { signal }))
    expect(statusesOf(weka, enablePath)).toEqual([0])
    expect(weka.simulator.webhook()).toEqual({ endpoint, authToken: token, enabled: true })
  })

  it('is made again when neither token nor event can prove it', async ({ signal }) => {
    const knobs = { tokenDisplay: 'masked', eventsRoute: false, applyThenFail: { mode: 'reset', count: 1 } } as const
    const weka = await startWekaCluster({ backends: 2, knobs })
    await weka.settle(weka.provider().apply(key, desiredWebhook(), { signal }))
    expect(statusesOf(weka, enablePath)).toEqual([0, 200])
    expect(weka.simulator.webhook()).toEqual({ endpoint, authToken: token, enabled: true })
  })

  it('fails after a server error without effect, and is not repeated', async ({ signal }) => {
    const server = await startScriptedWeka({ [`POST ${enablePath}`]: { status: 500, body: {} } })
    const weka = await startWekaCluster()
    const provider = weka.provider({ endpoints: [new URL(server.url)] })
    const error = await failureOf(weka.settle(provider.apply(key, desiredWebhook(), { signal })))
    expect(error).toMatchObject({ code: 'ApplyFailed' })
    expect(server.requests.filter(({ path }) => path.endsWith('/enable'))).toHaveLength(1)
  })
})

describe('what goes wrong is told apart', () => {
  it('roles that cannot write are refused before a call', async ({ signal }) => {
    const weka = await startWekaCluster({ users: [{ ...administrator, role: 'ReadOnly' }] })
    const cluster = weka.provider()
    await expect(cluster.read(key, { signal })).resolves.toEqual({ state: 'Absent' })
    const error = await failureOf(cluster.apply(key, desiredWebhook(), { signal }))
    expect(error).toMatchObject({ code: 'PermissionDenied', message: expect.stringContaining('ReadOnly') as string })
    expect(statusesOf(weka, enablePath)).toEqual([])
  })

  it.each(['CSI', 'OrgAdmin', 'TenantAdmin'] as const)(
    'the role %s is tried and named when it is refused',
    async (role) => {
      const weka = await startWekaCluster({ users: [{ ...administrator, role }] })
      const { signal } = new AbortController()
      const error = await failureOf(weka.provider().apply(key, desiredWebhook(), { signal }))
      expect(error).toMatchObject({ code: 'PermissionDenied', message: expect.stringContaining(role) as string })
      expect(statusesOf(weka, enablePath)).toEqual([403])
    },
  )

  const answers: readonly { name: string; answers: Answers; code: ProviderErrorCode }[] = [
    { name: 'a web page', answers: { 'POST /login': { status: 200, text: '<html>' } }, code: 'ProviderMismatch' },
    {
      name: 'a page that refuses',
      answers: { 'POST /login': { status: 403, text: '<html>' } },
      code: 'ProviderMismatch',
    },
    { name: 'a redirect', answers: { 'POST /login': { status: 302, body: {} } }, code: 'ProviderMismatch' },
    { name: 'no such login', answers: { 'POST /login': { status: 404, body: {} } }, code: 'ProviderMismatch' },
    { name: 'a login without token', answers: { 'POST /login': { status: 200, body: {} } }, code: 'ProviderMismatch' },
    { name: 'no such cluster', answers: { 'GET /cluster': { status: 404, body: {} } }, code: 'ProviderMismatch' },
    {
      name: 'a cluster of wrong types',
      answers: { 'GET /cluster': { status: 200, body: { data: { guid: 7, name: null } } } },
      code: 'ProviderMismatch',
    },
    {
      name: 'an endless answer',
      answers: { 'GET /cluster': { status: 200, text: `"${'x'.repeat(300 * 1024)}"` } },
      code: 'ProviderMismatch',
    },
    { name: 'a failing cluster', answers: { 'GET /cluster': { status: 500, body: {} } }, code: 'ClusterUnreachable' },
    {
      name: 'a session never taken',
      answers: { 'GET /cluster': { status: 401, body: {} } },
      code: 'CredentialsRejected',
    },
    { name: 'a user without a say', answers: { 'GET /cluster': { status: 403, body: {} } }, code: 'PermissionDenied' },
  ]
  it.each(answers)('$name is $code', async ({ answers, code }) => {
    const server = await startScriptedWeka(answers)
    const { provider, settle } = await startWekaCluster()
    const { signal } = new AbortController()
    const cluster = provider({ endpoints: [new URL(server.url)] })
    const error = await failureOf(settle(cluster.identify({ signal })))
    expect(error).toMatchObject({ name: 'ProviderError', code })
    expect(String(error)).toContain(new URL(server.url).host)
  })

  it('a certificate of the own making of the cluster is trusted by itself and no other', async ({ signal }) => {
    const weka = await startWekaCluster({ plainHttp: false, selfSigned: true })
    const other = await startWekaCluster({ plainHttp: false, selfSigned: true })
    const trust = (caCertificate = ''): TlsTrust => ({ verification: 'Full', caCertificate })
    const cluster = weka.provider({ trust: trust(weka.simulator.caPem) })
    await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: weka.simulator.guid })
    for (const wrong of [{}, { trust: trust(other.simulator.caPem) }]) {
      expect(await failureOf(weka.provider(wrong).identify({ signal }))).toMatchObject({ code: 'TLSUntrusted' })
    }
  })

  it('a release without the routes of the webhook is named', async ({ signal }) => {
    const server = await startScriptedWeka({
      'GET /s3/auditWebhook': { status: 404, body: { message: 'Unknown' } },
      'GET /s3': { status: 200, body: { data: { active: true } } },
    })
    const { provider } = await startWekaCluster()
    const error = await failureOf(provider({ endpoints: [new URL(server.url)] }).read(key, { signal }))
    expect(error).toMatchObject({
      code: 'ProviderMismatch',
      message: expect.stringContaining('older than 4.2') as string,
    })
  })

  it('an untrusted certificate is TLSUntrusted and names the field', async ({ signal }) => {
    const { provider } = await startWekaCluster({ plainHttp: false, backends: 2 })
    const error = await failureOf(provider().identify({ signal }))
    expect(error).toMatchObject({
      code: 'TLSUntrusted',
      message: expect.stringContaining('caCertificateRef') as string,
    })
  })

  it('an address that must not be connected to is EndpointNotAllowed', async ({ signal }) => {
    const { provider } = await startWekaCluster()
    const error = await failureOf(provider({ endpoints: [new URL('http://169.254.169.254/')] }).identify({ signal }))
    expect(error).toMatchObject({ code: 'EndpointNotAllowed' })
  })

  it('http where https is expected is ProviderMismatch', async ({ signal }) => {
    const { provider, simulator } = await startWekaCluster()
    const https = new URL(String(simulator.endpoints[0]).replace('http:', 'https:'))
    const error = await failureOf(provider({ endpoints: [https] }).identify({ signal }))
    expect(error).toMatchObject({ code: 'ProviderMismatch', message: expect.stringContaining('https') as string })
  })
})

it('writes the token of the webhook to nobody but the cluster', async ({ signal }) => {
  const knobs = { applyThenFail: { mode: 'reset', count: 1 }, acceptAnyEndpoint: true } as const
  const weka = await startWekaCluster({ backends: 2, knobs })
  const cluster = weka.provider()
  const withKey = desiredWebhook({ endpoint: `${endpoint}?key=QUERYKEY` })
  await weka.settle(cluster.apply(key, withKey, { signal }))
  weka.simulator.setKnobs({
    applyThenFail: { mode: 'serverError', count: 9 },
    tokenDisplay: 'masked',
    eventsRoute: false,
  })
  const error = await failureOf(weka.settle(cluster.apply(key, withKey, { signal })))
  expect(error).toMatchObject({ code: 'ApplyFailed' })
  const cause = error instanceof Error ? error.cause : undefined
  const seen = [
    ...weka.logged,
    JSON.stringify(weka.simulator.requests()),
    JSON.stringify(weka.simulator.events()),
    String(error),
    JSON.stringify(error),
    String(cause),
  ].join('\n')
  expect(seen).toContain('The answer to a change of the webhook is lost')
  expect(seen).not.toContain(token.slice(-12))
  expect(seen).not.toContain('QUERYKEY')
})

type Answers = Readonly<Record<string, { readonly status: number; readonly body?: object; readonly text?: string }>>

/** Answers as WEKA does but for what is given, by method and path. */
async function startScriptedWeka(answers: Answers): Promise<Awaited<ReturnType<typeof startScriptedApiServer>>> {
  const usual: Answers = {
    'POST /login': { status: 200, body: { data: { access_token: 'a', refresh_token: 'r', expires_in: 300 } } },
    'GET /users/whoami': { status: 200, body: { data: { role: 'ClusterAdmin' } } },
    'GET /s3/containersAreReady': { status: 200, body: { data: { uid: true } } },
    'GET /s3/auditWebhook': { status: 200, body: { data: { endpoint: '', authToken: '', enabled: true } } },
  }
  const server = await startScriptedApiServer((request, response) => {
    const call = `${request.method} ${request.path.replace('/api/v2', '')}`
    const { status, body, text } = answers[call] ?? usual[call] ?? { status: 404, body: { message: 'Unknown' } }
    response.writeHead(status, { 'content-type': 'application/json', location: 'http://elsewhere.example/' })
    response.end(text ?? JSON.stringify(body))
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}
