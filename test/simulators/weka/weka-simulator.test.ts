import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { createFakeClock } from '../../support/fake-clock.ts'
import type { WekaUser } from './state.ts'
import { startWekaSimulator, type WekaSimulator, type WekaSimulatorOptions } from './weka-simulator.ts'

const admin: WekaUser = { username: 'admin', password: 'Correct-horse-1', org: 'Root', role: 'ClusterAdmin' }
const csi: WekaUser = { username: 'csi', password: 'Correct-horse-2', org: 'Root', role: 'CSI' }
const target = 'https://hec.example.com:8088/services/collector/raw'

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** One call. The body of an answer that is no object stands under `text`. */
async function call(
  simulator: WekaSimulator,
  path: string,
  sent: { token?: string; body?: unknown } = {},
): Promise<Answer> {
  const { token, body } = sent
  const [method, route = ''] = path.split(' ')
  const response = await fetch(new URL(route, simulator.endpoints[0]), {
    method: method ?? 'GET',
    // A connection that is kept could be one that the backend has closed since.
    headers: {
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  })
  const answer: unknown = await response.json()
  return {
    status: response.status,
    body: typeof answer === 'object' && answer !== null ? (answer as Answer['body']) : { text: answer },
  }
}

async function start(options: Partial<WekaSimulatorOptions> = {}): Promise<WekaSimulator> {
  const simulator = await startWekaSimulator({ users: [admin, csi], plainHttp: true, ...options })
  onTestFinished(() => simulator[Symbol.asyncDispose]())
  return simulator
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function login(simulator: WekaSimulator, { username, password }: WekaUser = admin): Promise<Tokens> {
  const { status, body } = await call(simulator, 'POST /api/v2/login', { body: { username, password } })
  expect(status).toBe(200)
  return body['data'] as Tokens
}

const loginWith = (simulator: WekaSimulator, body: object): Promise<Answer> =>
  call(simulator, 'POST /api/v2/login', { body })

describe('authentication', () => {
  it('gives tokens of five minutes, and says who one is', async () => {
    const simulator = await start()
    const { body } = await loginWith(simulator, { username: 'admin', password: admin.password, org: 'root' })
    expect(body['data']).toMatchObject({ token_type: 'Bearer', expires_in: 300, password_change_required: false })
    const { access_token: token } = await login(simulator)
    expect((await call(simulator, 'GET /api/v2/users/whoami', { token })).body['data']).toMatchObject({
      username: 'admin',
      role: 'ClusterAdmin',
      org_name: 'Root',
    })
    expect((await call(simulator, 'GET /api/v2/security/defaultTokensExpiry', { token })).body['data']).toMatchObject({
      access_token_expiry: 300,
    })
    expect((await call(simulator, 'GET /api/v2/lockoutPolicy', { token })).body['data']).toEqual({
      num_failed_logins: 5,
      lockout_duration: 120,
    })
  })

  it('refuses everything but the health check without a live token', async () => {
    const clock = createFakeClock()
    const simulator = await start({ clock })
    const { access_token: token, refresh_token } = await login(simulator)
    expect((await call(simulator, 'GET /api/v2/healthcheck')).body).toEqual({ text: 'ok' })
    expect(await call(simulator, 'GET /api/v2/cluster', { token: 'made-up' })).toEqual({
      status: 401,
      body: { data: 'Unauthorized' },
    })
    expect((await call(simulator, 'GET /api/v2/cluster', { token })).status).toBe(200)
    await clock.advance(300_000)
    expect((await call(simulator, 'GET /api/v2/cluster', { token })).status).toBe(401)
    const refreshed = await call(simulator, 'POST /api/v2/login/refresh', { body: { refresh_token } })
    const renewed = (refreshed.body['data'] as Tokens).access_token
    expect((await call(simulator, 'GET /api/v2/cluster', { token: renewed })).status).toBe(200)
    expect((await call(simulator, 'POST /api/v2/login/refresh', { body: { refresh_token } })).status).toBe(401)
  })

  it('locks an account after five failures for two minutes', async () => {
    const clock = createFakeClock()
    const simulator = await start({ clock })
    const wrong = { username: 'admin', password: 'wrong' }
    for (let tries = 0; tries < 5; tries++) expect((await loginWith(simulator, wrong)).status).toBe(401)
    await clock.advance(5_000)
    const right = { username: 'admin', password: admin.password }
    expect(await loginWith(simulator, right)).toEqual({
      status: 403,
      body: {
        data: 'Authentication Failed. User has been locked out for another 1m55s due to too many login attempts',
      },
    })
    await clock.advance(115_000)
    expect((await loginWith(simulator, right)).status).toBe(200)
    expect(simulator.counters()).toMatchObject({ logins: 1, failedLogins: 5 })
  })
})

describe('the webhook', () => {
  let simulator: WekaSimulator
  let token: string
  beforeEach(async () => {
    simulator = await start()
    token = (await login(simulator)).access_token
  })
  const show = async (): Promise<unknown> =>
    (await call(simulator, 'GET /api/v2/s3/auditWebhook', { token })).body['data']
  const enable = (body: object = { endpoint: target, auth_token: 'Splunk x' }): Promise<Answer> =>
    call(simulator, 'POST /api/v2/s3/auditWebhook/enable', { token, body })
  const disable = (): Promise<Answer> => call(simulator, 'POST /api/v2/s3/auditWebhook/disable', { token })

  it('is enabled and empty at first, is set, and is switched off', async () => {
    expect(await show()).toEqual({ endpoint: '', authToken: '', enabled: true })
    expect(await enable()).toEqual({ status: 200, body: { data: null } })
    expect(await show()).toEqual({ endpoint: target, authToken: 'Splunk x', enabled: true })
    expect(await disable()).toEqual({ status: 200, body: { data: null } })
    expect(await show()).toEqual({ endpoint: target, authToken: 'Splunk x', enabled: false })
    expect(simulator.counters()).toMatchObject({ enables: 1, disables: 1, gets: 3 })
    const { body } = await call(
      simulator,
      'GET /api/v2/events?category_list=S3&sort_order=asc&type_list=S3AuditWebhookEnabledEvent',
      { token },
    )
    expect(body['data']).toMatchObject([{ type: 'S3AuditWebhookEnabledEvent', severity: 'INFO' }])
  })

  it('refuses what it cannot use and stays as it is', async () => {
    expect((await enable({ endpoint: 'nowhere', auth_token: 'x' })).body).toMatchObject({ data: { param: 'endpoint' } })
    expect(await show()).toMatchObject({ endpoint: '' })
    const limited = (await login(simulator, csi)).access_token
    const refused = await call(simulator, 'POST /api/v2/s3/auditWebhook/disable', { token: limited })
    expect(refused).toEqual({ status: 403, body: { data: 'Forbidden' } })
    expect(simulator.counters()).toMatchObject({ enables: 0, disables: 0 })
  })

  it('does not exist without an S3 cluster', async () => {
    simulator.setS3Cluster(false)
    expect((await enable()).status).toBe(400)
    simulator.setKnobs({ noS3Status: 404 })
    expect((await disable()).status).toBe(404)
    expect((await call(simulator, 'GET /api/v2/s3', { token })).body['data']).toMatchObject({ active: false })
  })

  it('shows itself as the knobs say', async () => {
    await enable()
    simulator.setKnobs({ tokenField: 'auth_token', tokenDisplay: 'masked' })
    expect(await show()).toEqual({ endpoint: target, auth_token: '****', enabled: true })
    simulator.setKnobs({ tokenDisplay: 'quoted', disableClears: true })
    expect(await show()).toMatchObject({ auth_token: String.raw`\"Splunk x\"` })
    await disable()
    expect(await show()).toMatchObject({ endpoint: '', enabled: false })
    simulator.setKnobs({ disableTwiceStatus: 400 })
    expect((await disable()).status).toBe(400)
    simulator.setKnobs({ errorsWithStatus200: true })
    expect(await disable()).toMatchObject({ status: 200, body: { message: 'The audit webhook is disabled' } })
  })

  it('fails after it changed, when told so', async () => {
    simulator.setKnobs({ applyThenFail: { mode: 'serverError', count: 1 } })
    expect((await enable()).status).toBe(500)
    expect(simulator.webhook()).toEqual({ endpoint: target, authToken: 'Splunk x', enabled: true })
    simulator.setKnobs({ applyThenFail: { mode: 'reset', count: 1 } })
    await expect(disable()).rejects.toThrow()
    expect(simulator.webhook().enabled).toBe(false)
    expect((await enable()).status).toBe(200)
  })

  it('changes by hand without a call, and with an event', async () => {
    simulator.setWebhookByHand({ endpoint: 'https://elsewhere.example/' })
    expect(await show()).toMatchObject({ endpoint: 'https://elsewhere.example/', authToken: '' })
    expect(simulator.counters().enables).toBe(0)
    expect(simulator.events().at(-1)).toMatchObject({ type: 'S3AuditWebhookEnabledEvent' })
  })

  it('keeps no secret in the log of requests', async () => {
    await enable({ endpoint: `${target}?key=QUERYKEY`, auth_token: 'Splunk TOKEN' })
    const log = JSON.stringify(simulator.requests())
    expect(log).toContain('"auth_token":"[redacted]"')
    for (const secret of ['TOKEN', 'QUERYKEY', admin.password, token]) expect(log).not.toContain(secret)
  })

  it('is forgotten by a reset, with everything else', async () => {
    await enable()
    simulator.setKnobs({ noS3Status: 404 })
    simulator.setUser({ ...admin, password: 'other' })
    await simulator.stopBackend(0)
    await simulator.reset()
    expect(simulator.webhook()).toEqual({ endpoint: '', authToken: '', enabled: true })
    expect(simulator.counters()).toMatchObject({ logins: 0, enables: 0, requestsPerBackend: [0] })
    expect(simulator.knobs().noS3Status).toBe(400)
    await login(simulator)
  })
})

it('restarts the S3 containers after a change', async () => {
  const clock = createFakeClock()
  const simulator = await start({ clock, knobs: { restartMilliseconds: 5_000 } })
  const { access_token: token } = await login(simulator)
  const ready = async (): Promise<unknown> =>
    Object.values((await call(simulator, 'GET /api/v2/s3/containersAreReady', { token })).body['data'] as object)
  expect(await ready()).toEqual([true, true])
  simulator.setWebhookByHand({ endpoint: target })
  expect(await ready()).toEqual([false, false])
  await clock.advance(5_000)
  expect(await ready()).toEqual([true, true])
})

it('says what it is', async () => {
  const simulator = await start({ release: '6.0.1' })
  const { access_token: token } = await login(simulator)
  const cluster = async (): Promise<unknown> => (await call(simulator, 'GET /api/v2/cluster', { token })).body['data']
  expect(await cluster()).toMatchObject({ guid: simulator.guid, release: '6.0.1', io_status: 'STARTED' })
  simulator.setKnobs({ backendReleases: { '0': '5.1.0' } })
  expect(await cluster()).toMatchObject({ guid: simulator.guid, release: '5.1.0' })
  expect((await call(simulator, 'GET /api/v2/alerts/types', { token })).body['data']).toEqual(['SystemDefinedTLS'])
})

it('shares one cluster among its backends, and keeps their ports', async () => {
  const simulator = await start({ backends: 2 })
  const { access_token: token } = await login(simulator)
  const second = new URL('/api/v2/cluster', simulator.endpoints[1])
  const ask = async (): Promise<number> =>
    (await fetch(second, { headers: { connection: 'close', authorization: `Bearer ${token}` } })).status
  expect(await ask()).toBe(200)
  await simulator.stopBackend(1)
  await expect(ask()).rejects.toThrow()
  await simulator.startBackend(1)
  expect(await ask()).toBe(200)
  simulator.setKnobs({ backendFaults: { '1': { mode: 'throttled', count: 1, retryAfterSeconds: 3 } } })
  expect([await ask(), await ask()]).toEqual([429, 200])
})

describe('control from outside', () => {
  it('shows and changes state, on a port of its own too', async () => {
    const simulator = await start({ controlPort: 0 })
    const url = (name: string): URL => new URL(`/_sim/${name}`, simulator.controlEndpoint)
    const post = async (name: string, body: object): Promise<Response> =>
      fetch(url(name), { method: 'POST', body: JSON.stringify(body) })
    await post('webhook', { endpoint: target, authToken: 'Splunk x' })
    await post('knobs', { restartMilliseconds: 0, tokenDisplay: 'masked' })
    await post('stop-backend', { index: 0 })
    await expect
      .poll(async () => fetch(new URL('/_sim/state', simulator.endpoints[0])).catch(() => 'gone'))
      .toBe('gone')
    const state = (await (await fetch(url('state'))).json()) as object
    expect(state).toMatchObject({ webhook: { endpoint: target }, knobs: { tokenDisplay: 'masked' } })
    await post('start-backend', { index: 0 })
    expect((await fetch(new URL('/_sim/counters', simulator.endpoints[0]))).status).toBe(200)
  })

  it('says what is wrong with a command', async () => {
    const simulator = await start()
    expect((await call(simulator, 'POST /_sim/knobs', { body: { tokenDisplay: 'loud' } })).status).toBe(400)
    expect((await call(simulator, 'POST /_sim/knobs', { body: { unknown: 1 } })).status).toBe(400)
    expect((await call(simulator, 'POST /_sim/stop-backend', { body: { index: 7 } })).status).toBe(400)
    expect((await call(simulator, 'POST /_sim/explode')).status).toBe(404)
  })
})
