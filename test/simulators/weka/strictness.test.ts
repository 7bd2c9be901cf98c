import { expect, it, onTestFinished } from 'vitest'

import { routeTable } from './route-table.ts'
import { startWekaSimulator, type WekaSimulator } from './weka-simulator.ts'

const admin = { username: 'admin', password: 'Correct-horse-1', org: 'Root', role: 'ClusterAdmin' } as const
const login = { username: admin.username, password: admin.password }
const target = 'https://hec.example.com:8088/services/collector/raw'
const webhook = { endpoint: target, auth_token: 'Splunk secret-value' }

async function start(): Promise<WekaSimulator> {
  const simulator = await startWekaSimulator({ users: [admin], plainHttp: true, knobs: { restartMilliseconds: 0 } })
  onTestFinished(() => simulator[Symbol.asyncDispose]())
  return simulator
}

interface Sent {
  readonly token?: string
  readonly body?: string
  readonly contentType?: string
}

async function send(simulator: WekaSimulator, request: string, sent: Sent): Promise<{ status: number; body: unknown }> {
  const [method = '', path = ''] = request.split(' ')
  const { token, body, contentType = 'application/json' } = sent
  const response = await fetch(new URL(path, simulator.endpoints[0]), {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: token }),
      ...(body === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(5_000),
  })
  return { status: response.status, body: await response.json() }
}

async function bearer(simulator: WekaSimulator): Promise<string> {
  const { body } = await send(simulator, 'POST /api/v2/login', { body: JSON.stringify(login) })
  return `Bearer ${(body as { data: { access_token: string } }).data.access_token}`
}

const enable = 'POST /api/v2/s3/auditWebhook/enable'
const json = (value: unknown): string => JSON.stringify(value)

const forbidden: readonly {
  readonly name: string
  readonly request: string
  readonly sent?: Omit<Sent, 'token'>
  readonly token?: string | undefined
  readonly status: number
  readonly what: string
}[] = [
  { name: 'a path outside of the API', request: 'GET /cluster', status: 404, what: 'no such route' },
  { name: 'an unknown path', request: 'GET /api/v2/s3/auditWebhooks', status: 404, what: 'no such route' },
  { name: 'a path with a slash at its end', request: 'GET /api/v2/cluster/', status: 404, what: 'no such route' },
  { name: 'version 1', request: 'GET /api/v1/cluster', status: 404, what: 'no such route' },
  { name: 'another method', request: 'PUT /api/v2/s3/auditWebhook', status: 404, what: 'no such route' },
  { name: 'a removal', request: 'DELETE /api/v2/s3/auditWebhook', status: 404, what: 'no such route' },
  { name: 'a change by GET', request: 'GET /api/v2/s3/auditWebhook/disable', status: 404, what: 'no such route' },
  { name: 'no token', request: 'GET /api/v2/cluster', token: undefined, status: 401, what: 'no bearer token' },
  { name: 'another scheme', request: 'GET /api/v2/cluster', token: 'Basic YTpi', status: 401, what: 'no bearer token' },
  {
    name: 'a parameter that is not of the route',
    request: 'GET /api/v2/s3/auditWebhook?verbose=1',
    status: 400,
    what: "unknown parameter 'verbose'",
  },
  {
    name: 'a parameter of another type',
    request: 'GET /api/v2/events?num_results=many',
    status: 400,
    what: "parameter 'num_results' is no number",
  },
  {
    name: 'an order that does not exist',
    request: 'GET /api/v2/events?sort_order=desc',
    status: 400,
    what: "parameter 'sort_order' is no order",
  },
  {
    name: 'a body where there is none',
    request: 'POST /api/v2/s3/auditWebhook/disable',
    sent: { body: json({}) },
    status: 400,
    what: 'a body where there is none',
  },
  {
    name: 'no body where there is one',
    request: enable,
    status: 400,
    what: 'a body that is not sent as application/json',
  },
  {
    name: 'a form',
    request: enable,
    sent: { body: 'endpoint=x&auth_token=y', contentType: 'application/x-www-form-urlencoded' },
    status: 400,
    what: 'a body that is not sent as application/json',
  },
  {
    name: 'half of a JSON',
    request: enable,
    sent: { body: '{"endpoint":' },
    status: 400,
    what: 'a body that is no JSON object',
  },
  {
    name: 'an array',
    request: enable,
    sent: { body: json([webhook]) },
    status: 400,
    what: 'a body that is no JSON object',
  },
  {
    name: 'the token by its name in answers',
    request: enable,
    sent: { body: json({ endpoint: target, authToken: 'Splunk secret-value' }) },
    status: 400,
    what: "unknown field 'authToken'",
  },
  {
    name: 'a field too many',
    request: enable,
    sent: { body: json({ ...webhook, enabled: true }) },
    status: 400,
    what: "unknown field 'enabled'",
  },
  {
    name: 'a field of another type',
    request: enable,
    sent: { body: json({ ...webhook, auth_token: 7 }) },
    status: 400,
    what: "field 'auth_token' is no text",
  },
  {
    name: 'a field that is null',
    request: enable,
    sent: { body: json({ ...webhook, endpoint: null }) },
    status: 400,
    what: "field 'endpoint' is no text",
  },
  {
    name: 'a field missing',
    request: enable,
    sent: { body: json({ endpoint: target }) },
    status: 400,
    what: 'missing fields: auth_token',
  },
  {
    name: 'a login without password',
    request: 'POST /api/v2/login',
    sent: { body: json({ username: 'admin' }) },
    status: 400,
    what: 'missing fields: password',
  },
  {
    name: "a login with the Secret's name of the organization",
    request: 'POST /api/v2/login',
    sent: { body: json({ ...login, organization: 'Root' }) },
    status: 400,
    what: "unknown field 'organization'",
  },
  {
    name: 'an expiry in text',
    request: 'POST /api/v2/login/refresh',
    sent: { body: json({ refresh_token: 'x', access_token_expiry: '300' }) },
    status: 400,
    what: "field 'access_token_expiry' is no number",
  },
]

it.each(forbidden)('refuses $name and counts it', async ({ request, sent = {}, status, what, ...rest }) => {
  const simulator = await start()
  const token = 'token' in rest ? rest.token : await bearer(simulator)
  const answer = await send(simulator, request, { ...sent, ...(token === undefined ? {} : { token }) })
  expect(answer.status).toBe(status)
  const [method = '', path = ''] = request.split(' ')
  const [violation, ...more] = simulator.violations()
  expect(more).toEqual([])
  expect(violation).toMatchObject({ method, path: path.split('?')[0], what })
  expect(simulator.webhook()).toEqual({ endpoint: '', authToken: '', enabled: true })
  expect(JSON.stringify([simulator.violations(), simulator.requests()])).not.toContain('secret-value')
  simulator.forgetViolations()
})

it('takes every route of the table', async () => {
  const simulator = await start()
  const token = await bearer(simulator)
  const bodies: Readonly<Record<string, object>> = {
    '/login': { ...login, org: 'Root' },
    '/login/refresh': { refresh_token: 'unknown', access_token_expiry: 60, refresh_token_expiry: 60 },
    '/s3/auditWebhook/enable': webhook,
  }
  const statuses: Record<string, number> = {}
  for (const { method, path } of routeTable) {
    const body = bodies[path]
    const sent = { token, ...(body === undefined ? {} : { body: json(body) }) }
    statuses[`${method} ${path}`] = (await send(simulator, `${method} /api/v2${path}`, sent)).status
  }
  const { 'POST /login/refresh': refreshed, ...others } = statuses
  expect(refreshed).toBe(401)
  expect(new Set(Object.values(others))).toEqual(new Set([200]))
  expect(simulator.violations()).toEqual([])
})

it('counts what a fault answers too', async () => {
  const simulator = await start()
  simulator.setKnobs({ backendFaults: { '0': { mode: 'unavailable' } } })
  expect((await send(simulator, 'GET /api/v2/nowhere', {})).status).toBe(503)
  expect(simulator.violations()).toHaveLength(1)
  simulator.forgetViolations()
})

it('fails at its end when a violation was not forgotten, even after a reset', async () => {
  const simulator = await startWekaSimulator({ users: [admin], plainHttp: true })
  await send(simulator, 'PATCH /api/v2/s3/auditWebhook', {})
  await simulator.reset()
  await expect(simulator[Symbol.asyncDispose]()).rejects.toThrow('PATCH /api/v2/s3/auditWebhook: no such route')
  await expect(fetch(String(simulator.endpoints[0]))).rejects.toThrow()
})
