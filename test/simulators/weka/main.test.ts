import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { TransportError } from '../../../src/net/transport-error.ts'
import { failureOf } from '../../support/failure-of.ts'
import type { BackendFault, WekaKnobs } from './knobs.ts'
import { type Answer, password, type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts'

const target = 'https://hec.example.com:8088/services/collector/raw'
const authToken = 'Splunk canary-token-1'
const webhook = { endpoint: target, auth_token: authToken }

const show = 'GET /s3/auditWebhook'
const enable = 'POST /s3/auditWebhook/enable'
const disable = 'POST /s3/auditWebhook/disable'

/** A program starts slowly on a busy machine. */
const startMilliseconds = 60_000

const dataOf = ({ body }: Answer): unknown => (body as { data?: unknown }).data

/** What a knob is turned to, and what a client of the API sees then. */
type Turns = {
  readonly [Knob in keyof WekaKnobs]: {
    readonly to: WekaKnobs[Knob]
    readonly seen: (simulator: SimulatorProcess) => Promise<void>
  }
}

interface OperationStatistics {
  readonly all: { readonly ops_s3: readonly { readonly stats: { readonly API_OPS: number } }[] }
}

const turns: Turns = {
  tokenField: {
    to: 'auth_token',
    async seen({ api }) {
      await api(enable, { body: webhook })
      expect(dataOf(await api(show))).toEqual({ endpoint: target, auth_token: authToken, enabled: true })
    },
  },
  tokenDisplay: {
    to: 'masked',
    async seen({ api }) {
      await api(enable, { body: webhook })
      expect(dataOf(await api(show))).toMatchObject({ authToken: '****' })
    },
  },
  loginDataAsArray: {
    to: true,
    async seen({ login }) {
      expect(dataOf(await login())).toMatchObject([{ token_type: 'Bearer' }])
    },
  },
  latencyMilliseconds: {
    to: 300,
    async seen({ api }) {
      const started = performance.now()
      await api('GET /healthcheck')
      expect(performance.now() - started).toBeGreaterThan(290)
    },
  },
  changeLatencyMilliseconds: {
    to: 300,
    async seen({ api }) {
      const started = performance.now()
      await api(enable, { body: webhook })
      expect(performance.now() - started).toBeGreaterThan(290)
    },
  },
  applyThenFail: {
    to: { mode: 'serverError', count: 1 },
    async seen({ api }) {
      expect((await api(enable, { body: webhook })).status).toBe(500)
      expect(dataOf(await api(show))).toMatchObject({ endpoint: target })
      expect((await api(disable)).status).toBe(200)
    },
  },
  restartMilliseconds: {
    to: 600_000,
    async seen({ api }) {
      await api(enable, { body: webhook })
      expect(Object.values(dataOf(await api('GET /s3/containersAreReady')) as object)).toEqual([false, false])
    },
  },
  freshEnabled: {
    to: false,
    async seen({ api, control }) {
      await control('POST s3-cluster', { exists: false })
      await control('POST s3-cluster', { exists: true })
      expect(dataOf(await api(show))).toEqual({ endpoint: '', authToken: '', enabled: false })
    },
  },
  disableClears: {
    to: true,
    async seen({ api }) {
      await api(enable, { body: webhook })
      await api(disable)
      expect(dataOf(await api(show))).toEqual({ endpoint: '', authToken: '', enabled: false })
    },
  },
  disableTwiceStatus: {
    to: 400,
    async seen({ api }) {
      expect((await api(disable)).status).toBe(200)
      expect((await api(disable)).status).toBe(400)
    },
  },
  noS3Status: {
    to: 404,
    async seen({ api, control }) {
      await control('POST s3-cluster', { exists: false })
      expect((await api(show)).status).toBe(404)
    },
  },
  acceptAnyEndpoint: {
    to: true,
    async seen({ api }) {
      expect((await api(enable, { body: { ...webhook, endpoint: 'nowhere' } })).status).toBe(200)
    },
  },
  errorsWithStatus200: {
    to: true,
    async seen({ api }) {
      expect(await api(enable, { body: { ...webhook, endpoint: 'nowhere' } })).toMatchObject({
        status: 200,
        body: { data: { param: 'endpoint' } },
      })
    },
  },
  readinessRoute: {
    to: false,
    async seen({ api }) {
      expect((await api('GET /s3/containersAreReady')).status).toBe(404)
    },
  },
  eventsRoute: {
    to: false,
    async seen({ api }) {
      expect((await api('GET /events')).status).toBe(404)
    },
  },
  statsStatus: {
    to: 403,
    async seen({ api }) {
      expect(await api('GET /stats')).toMatchObject({ status: 403, body: { data: 'Forbidden' } })
    },
  },
  statsByApi: {
    to: true,
    async seen({ api }) {
      expect(dataOf(await api('GET /stats'))).toMatchObject({
        all: { ops_s3: [{ stats: { 'API_OPS.GetObject': 0 } }] },
      })
    },
  },
  operationsPerMinute: {
    to: [600, 900],
    async seen({ api }) {
      const { all } = dataOf(await api('GET /stats?stat=API_OPS&interval=1d&resolution_secs=60')) as OperationStatistics
      expect(new Set(all.ops_s3.map(({ stats }) => stats.API_OPS))).toEqual(new Set([600, 900]))
      expect(all.ops_s3).toHaveLength(1440)
      expect(dataOf(await api('GET /stats?category=cpu'))).toEqual({ all: {} })
      expect((await api('GET /stats?resolution_secs=300')).status).toBe(400)
      expect((await api('GET /stats?interval=2d')).status).toBe(400)
    },
  },
  backendReleases: {
    to: { 1: '6.0.1' },
    async seen({ api }) {
      expect(dataOf(await api('GET /cluster'))).toMatchObject({ release: '4.4.6.11' })
      expect(dataOf(await api('GET /cluster', { backend: 1 }))).toMatchObject({ release: '6.0.1' })
    },
  },
  backendFaults: {
    to: { 1: { mode: 'serverError', count: 1, path: '/cluster' } },
    async seen({ api }) {
      expect((await api('GET /s3', { backend: 1 })).status).toBe(200)
      expect((await api('GET /cluster', { backend: 1 })).status).toBe(500)
      expect((await api('GET /cluster', { backend: 1 })).status).toBe(200)
    },
  },
}

/** What a client of the backend sees: a status, or a TransportErrorCode. */
const faults: Readonly<Record<BackendFault['mode'], number | string>> = {
  untrusted: 'TLSUntrusted',
  unavailable: 503,
  throttled: 429,
  serverError: 500,
  html: 200,
  reset: 'ConnectionReset',
  stall: 'ResponseTimeout',
}

describe('the simulator as a program', () => {
  let simulator: SimulatorProcess
  beforeAll(async () => {
    simulator = await startSimulatorProcess('--backends', '2', '--restart-ms', '0')
  }, startMilliseconds)
  afterAll(() => simulator?.[Symbol.asyncDispose]())
  beforeEach(async () => {
    expect((await simulator.control('POST reset')).status).toBe(200)
    await simulator.session()
  })

  it.each(Object.keys(turns) as (keyof WekaKnobs)[])('turns %s over its control port', async (knob) => {
    const { to, seen } = turns[knob]
    const turned = await simulator.control('POST knobs', { [knob]: to })
    expect(turned).toMatchObject({ status: 200, body: { knobs: { [knob]: to } } })
    await seen(simulator)
  })

  it.each(Object.entries(faults))('lets one backend be %s and the other not', async (mode, seen) => {
    await simulator.control('POST knobs', { backendFaults: { '1': { mode, retryAfterSeconds: 7 } } })
    const asked = simulator.api('GET /cluster', { backend: 1, timeoutMilliseconds: mode === 'stall' ? 300 : 5_000 })
    if (typeof seen === 'number') {
      const { status, headers } = await asked
      expect(status).toBe(seen)
      if (status === 429) expect(headers['retry-after']).toBe('7')
    } else {
      const error = await failureOf(asked)
      expect(error instanceof TransportError && error.code).toBe(seen)
    }
    expect((await simulator.api('GET /cluster')).status).toBe(200)
  })

  it('refuses a knob that it does not have, and one turned too far', async () => {
    expect((await simulator.control('POST knobs', { unheardOf: 1 })).status).toBe(400)
    expect((await simulator.control('POST knobs', { latencyMilliseconds: -1 })).status).toBe(400)
    expect((await simulator.control('POST nothing')).status).toBe(404)
  })

  it('has a page that names every knob and command', async () => {
    const page = await readFile('docs/weka-simulator.md', 'utf8')
    const { commands } = (await simulator.control('POST nothing')).body as { commands: readonly string[] }
    expect(commands.length).toBeGreaterThan(10)
    for (const name of [...Object.keys(turns), ...commands]) expect(page).toContain(`\`${name}\``)
  })

  it('takes a backend down and up', async () => {
    await simulator.control('POST stop-backend', { index: 1 })
    const code = async (): Promise<unknown> => {
      const error = await failureOf(simulator.api('GET /cluster', { backend: 1 }))
      return error instanceof TransportError ? error.code : error
    }
    await expect.poll(code, { timeout: 5_000 }).toBe('ConnectionRefused')
    expect((await simulator.control('GET state')).body).toMatchObject({ backends: [true, false] })
    await simulator.control('POST start-backend', { index: 1 })
    expect((await simulator.api('GET /cluster', { backend: 1 })).status).toBe(200)
    await simulator.control('POST restart-backend', { index: 1 })
    expect((await simulator.control('GET state')).body).toMatchObject({ backends: [true, true] })
  })

  it('ends sessions early, rotates the password and locks out', async () => {
    const { api, control, login } = simulator
    await control('POST revoke-tokens', { what: 'AccessTokens' })
    expect((await api('GET /cluster')).status).toBe(401)
    await control('POST user', { username: 'admin', password: 'canary-password-2' })
    await control('POST lockout', { threshold: 2, durationMilliseconds: 60_000 })
    expect((await login()).status).toBe(401)
    expect((await login()).status).toBe(401)
    expect(dataOf(await login('canary-password-2'))).toMatch(/locked out for another (1m0s|5\ds)/)
  })

  it('sets how long tokens live, its release, its containers, and has an S3 cluster or not', async () => {
    const { api, control, session } = simulator
    await control('POST token-lifetime', { accessSeconds: 7 })
    expect(await session()).toMatchObject({ expires_in: 7 })
    for (const release of ['4.2.0', '4.4.6.11-abcdef0', '5.1.0', '6.0.1']) {
      await control('POST release', { release })
      expect(dataOf(await api('GET /cluster'))).toMatchObject({ release })
    }
    await control('POST container', { index: 0, ready: false })
    expect(Object.values(dataOf(await api('GET /s3/containersAreReady')) as object)).toEqual([false, true])
    await control('POST s3-cluster', { exists: false })
    expect(dataOf(await api('GET /s3'))).toMatchObject({ active: false })
  })

  it('changes the webhook by hand, with its event', async () => {
    await simulator.control('POST webhook', { endpoint: 'https://elsewhere.example/', authToken, enabled: true })
    expect(dataOf(await simulator.api(show))).toMatchObject({ endpoint: 'https://elsewhere.example/' })
    const query = 'type_list=S3AuditWebhookEnabledEvent&num_results=1&sort_order=dsc'
    expect(dataOf(await simulator.api(`GET /events?${query}`))).toMatchObject([{ type: 'S3AuditWebhookEnabledEvent' }])
  })

  it('shows its state, requests and events without secrets', async () => {
    const { api, control } = simulator
    await api(enable, { body: { endpoint: `${target}?key=canary-query`, auth_token: authToken } })
    const tokenSha256 = createHash('sha256').update(authToken).digest('hex')
    expect((await control('GET state')).body).toMatchObject({
      cluster: { release: '4.4.6.11' },
      webhook: { endpoint: target, enabled: true, tokenSha256 },
      users: [{ username: 'admin', org: 'Root', role: 'ClusterAdmin' }],
      counters: { logins: 1, enables: 1 },
      violations: 0,
    })
    const views = ['state', 'counters', 'requests', 'violations', 'events', 'delivery']
    const shown = JSON.stringify(await Promise.all(views.map((view) => control(`GET ${view}`))))
    expect(shown).toContain('/s3/auditWebhook/enable')
    expect(shown + simulator.output()).not.toContain('canary')
  })

  it('remembers what its API does not have until told to forget', async () => {
    const { api, control } = simulator
    expect((await api('GET /s3/auditWebhook/history')).status).toBe(404)
    await control('POST reset')
    const violations = [{ method: 'GET', path: '/api/v2/s3/auditWebhook/history', what: 'no such route' }]
    expect((await control('GET violations')).body).toMatchObject({ violations })
    await control('POST forget-violations')
    expect((await control('GET violations')).body).toEqual({ violations: [] })
  })
})

describe('at its end', () => {
  async function started(...flags: readonly string[]): Promise<SimulatorProcess> {
    const simulator = await startSimulatorProcess('--plain-http', ...flags)
    onTestFinished(() => simulator[Symbol.asyncDispose]())
    return simulator
  }

  it(
    'has status 0',
    async () => {
      const simulator = await started('--delivery', 'minio2021')
      await simulator.session()
      expect((await simulator.control('POST s3-request', { count: 3, name: 'PutObject' })).status).toBe(200)
      const told = dataOf(await simulator.api('GET /stats?category=ops_s3&stat=API_OPS&interval=5m'))
      const { all } = told as OperationStatistics
      const counts = all.ops_s3.map(({ stats }) => stats.API_OPS)
      expect(counts).toHaveLength(5)
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3)
      expect(await simulator.stop()).toBe(0)
      expect(simulator.output()).not.toContain(password)
    },
    startMilliseconds,
  )

  it(
    'has status 1 after a request that its API does not have, and says which',
    async () => {
      const simulator = await started()
      await simulator.api('POST /login', { body: { username: 'admin', password, remember: true } })
      expect(await simulator.stop()).toBe(1)
      expect(simulator.output()).toContain("POST /api/v2/login: unknown field 'remember'")
      expect(simulator.output()).not.toContain(password)
    },
    startMilliseconds,
  )
})
