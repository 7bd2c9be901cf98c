import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { type HecSimulator, startHecSimulator } from './hec-simulator.ts'
import type { Outage } from './outages.ts'
import { hecCodes } from './replies.ts'

const token = '0f1e2d3c-0000-4000-8000-00000000000a'
const channel = 'aaaaaaaa-0000-4000-8000-00000000000c'
const tokens = [
  { token },
  { token: 'disabled', disabled: true },
  { token: 'acking', useAck: true },
  { token: 'narrow', allowedIndexes: ['audit'] },
  { token: 'query', allowQueryStringAuth: true },
]

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly authorization?: string | null
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

async function send(
  simulator: HecSimulator,
  sent: Sent,
): Promise<{ status: number; answer: Record<string, unknown>; headers: Headers }> {
  const { path = '/services/collector/raw', method = 'POST', authorization = `Splunk ${token}` } = sent
  const response = await fetch(simulator.baseUrl + path, {
    method,
    redirect: 'manual',
    headers: { ...(authorization === null ? {} : { authorization }), ...sent.headers },
    ...(method === 'POST' ? { body: sent.body ?? '' } : {}),
    signal: AbortSignal.timeout(5_000),
  })
  const text = await response.text()
  const answer = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text }
  return { status: response.status, answer, headers: response.headers }
}

const event = '/services/collector/event'
const ack = '/services/collector/ack'
const health = '/services/collector/health/1.0'
const basic = `Basic ${Buffer.from(`x:${token}`).toString('base64')}`

describe('what the collector answers', () => {
  const cases: readonly { name: string; sent: Sent; status: number; code: number }[] = [
    { name: 'a line to raw', sent: { body: 'x' }, status: 200, code: 0 },
    { name: 'raw with version', sent: { path: '/services/collector/raw/1.0', body: 'x' }, status: 200, code: 0 },
    { name: 'a wrapped event', sent: { path: event, body: '{"event":"x"}' }, status: 200, code: 0 },
    { name: 'the short path', sent: { path: '/services/collector', body: '{"event":"x"}' }, status: 200, code: 0 },
    { name: 'Basic authorization', sent: { authorization: basic, body: 'x' }, status: 200, code: 0 },
    { name: 'gzip', sent: { headers: { 'content-encoding': 'gzip' }, body: gzipSync('x') }, status: 200, code: 0 },
    { name: 'a disabled token', sent: { authorization: 'Splunk disabled', body: 'x' }, status: 403, code: 1 },
    { name: 'no token', sent: { authorization: null, body: 'x' }, status: 401, code: 2 },
    { name: 'a token without scheme', sent: { authorization: token, body: 'x' }, status: 401, code: 3 },
    { name: 'another scheme', sent: { authorization: `Bearer ${token}`, body: 'x' }, status: 401, code: 3 },
    { name: 'an unknown token', sent: { authorization: 'Splunk nope' }, status: 403, code: 4 },
    { name: 'an empty body to raw', sent: {}, status: 400, code: 5 },
    { name: 'an empty body to event', sent: { path: event }, status: 400, code: 5 },
    { name: 'no JSON to event', sent: { path: event, body: 'x' }, status: 400, code: 6 },
    { name: 'an array to event', sent: { path: event, body: '[{"event":"x"}]' }, status: 400, code: 6 },
    { name: 'broken gzip', sent: { headers: { 'content-encoding': 'gzip' }, body: 'x' }, status: 400, code: 6 },
    {
      name: 'a forbidden index',
      sent: { path: event, authorization: 'Splunk narrow', body: '{"event":"x","index":"main"}' },
      status: 400,
      code: 7,
    },
    {
      name: 'a forbidden index of raw',
      sent: { path: '/services/collector/raw?index=main', authorization: 'Splunk narrow', body: 'x' },
      status: 400,
      code: 7,
    },
    { name: 'no channel for an acking token', sent: { authorization: 'Splunk acking' }, status: 400, code: 10 },
    { name: 'a channel that is none', sent: { path: `${event}?channel=7`, body: 'x' }, status: 400, code: 11 },
    { name: 'no wrapper', sent: { path: event, body: '{"api":{}}' }, status: 400, code: 12 },
    { name: 'a blank event', sent: { path: event, body: '{"event":""}' }, status: 400, code: 13 },
    { name: 'ack without acks', sent: { path: ack, body: '{"acks":[0]}' }, status: 400, code: 14 },
    {
      name: 'nested fields',
      sent: { path: event, body: '{"event":"x","fields":{"a":{"b":1}}}' },
      status: 400,
      code: 15,
    },
    {
      name: 'a token in the query, though the header is right',
      sent: { path: `/services/collector/raw?token=${token}`, body: 'x' },
      status: 400,
      code: 16,
    },
    {
      name: 'a token in the query where allowed',
      sent: { path: '/services/collector/raw?token=query', authorization: null, body: 'x' },
      status: 200,
      code: 0,
    },
    {
      name: 'health, whatever the token',
      sent: { path: health, method: 'GET', authorization: 'Splunk nope' },
      status: 200,
      code: 17,
    },
    { name: 'a wrong method', sent: { method: 'GET' }, status: 405, code: 405 },
    { name: 'a wrong path', sent: { path: '/services', body: 'x' }, status: 404, code: 404 },
    { name: 'too large a body', sent: { body: 'x'.repeat(3_000) }, status: 413, code: 413 },
    {
      name: 'a body that unpacks to too much',
      sent: { headers: { 'content-encoding': 'gzip' }, body: gzipSync('x'.repeat(3_000)) },
      status: 413,
      code: 413,
    },
  ]
  it.each(cases)('$name: $status, code $code', async ({ sent, status, code }) => {
    await using simulator = await startHecSimulator({ tokens, maximumBodyBytes: 2_000 })
    expect(await send(simulator, sent)).toMatchObject({ status, answer: { code } })
    expect(simulator.acceptedTotal()).toBe(code === 0 ? 1 : 0)
  })

  it('health tells a bad token when set to look at it', async () => {
    await using simulator = await startHecSimulator({ tokens, healthChecksToken: true })
    const ask = (authorization: string): Promise<unknown> =>
      send(simulator, { path: health, method: 'GET', authorization })
    expect(await ask('Splunk nope')).toMatchObject({ status: 400, answer: { code: 21 } })
    expect(await ask('Splunk disabled')).toMatchObject({ status: 400, answer: { code: 22 } })
    expect(await ask(`Splunk ${token}`)).toMatchObject({ status: 200, answer: { code: 17 } })
  })

  it('full queues and acks show in health and in data', async () => {
    await using simulator = await startHecSimulator({ tokens })
    const ask = async (): Promise<readonly unknown[]> => [
      (await send(simulator, { path: health, method: 'GET' })).answer['code'],
      (await send(simulator, { body: 'x' })).answer['code'],
      (
        await send(simulator, {
          path: `/services/collector/raw?channel=${channel}`,
          authorization: 'Splunk acking',
          body: 'x',
        })
      ).answer['code'],
    ]
    simulator.setPressure({ queue: 'warning' })
    expect(await ask()).toEqual([17, 24, 24])
    simulator.setPressure({ queue: 'normal', ack: 'warning' })
    expect(await ask()).toEqual([17, 25, 25])
    simulator.setPressure({ ack: 'full' })
    expect(await ask()).toEqual([19, 0, 27])
    simulator.setPressure({ queue: 'full' })
    expect(await ask()).toEqual([20, 26, 26])
    simulator.setPressure({ ack: 'normal' })
    expect(await ask()).toEqual([18, 26, 26])
    expect((await send(simulator, { body: 'x' })).headers.get('retry-after')).toBe('5')
  })

  it('takes the events before the first bad one, and says its number', async () => {
    await using simulator = await startHecSimulator({ tokens })
    const body = '{"event":"}{"} {"event":{"n":2}}\n{"nope":1}{"event":"late"}'
    const { answer } = await send(simulator, { path: event, body })
    expect(answer).toMatchObject({ code: 12, 'invalid-event-number': 2 })
    expect(simulator.accepted().map((entry) => entry.event)).toEqual(['}{', { n: 2 }])
  })

  it('tells an ack as true once', async () => {
    await using simulator = await startHecSimulator({ tokens })
    const headers = { 'x-splunk-request-channel': channel }
    const authorization = 'Splunk acking'
    const { answer } = await send(simulator, { authorization, headers, body: 'x' })
    expect(answer).toEqual({ text: 'Success', code: 0, ackId: 0 })
    const poll = { path: ack, authorization, headers, body: '{"acks":[0,7]}' }
    expect((await send(simulator, poll)).answer).toEqual({ acks: { 0: true, 7: false } })
    expect((await send(simulator, poll)).answer).toEqual({ acks: { 0: false, 7: false } })
  })

  it('serves below a path prefix, and nothing beside it', async () => {
    await using simulator = await startHecSimulator({ tokens, pathPrefix: '/splunk' })
    expect(simulator.url('raw').pathname).toBe('/splunk/services/collector/raw')
    expect((await send(simulator, { body: 'x' })).status).toBe(200)
    const outside = await fetch(`http://127.0.0.1:${simulator.port}/services/collector/health`)
    expect(outside.status).toBe(404)
  })
})

describe('the log', () => {
  it('keeps each event with what came along, and counts requests', async () => {
    await using simulator = await startHecSimulator({ tokens })
    await send(simulator, {
      path: '/services/collector/raw?sourcetype=s',
      headers: { 'content-type': 'application/json', 'user-agent': 'sender/1' },
      body: '{"a":1}\n{"a":2}\n\nplain\n',
    })
    await send(simulator, { path: health, method: 'GET' })
    await send(simulator, {})
    await send(simulator, { body: '{"tags":{"s3audit.probe":"a/b"}}' })
    expect(simulator.accepted().map((entry) => entry.event)).toEqual([
      { a: 1 },
      { a: 2 },
      'plain',
      { tags: { 's3audit.probe': 'a/b' } },
    ])
    expect(simulator.accepted()[0]).toMatchObject({
      path: '/services/collector/raw',
      endpoint: 'raw',
      authorization: `Splunk ${token}`,
      contentType: 'application/json',
      userAgent: 'sender/1',
      sourcetype: 's',
    })
    expect(simulator.requests()).toEqual({
      total: 4,
      byPath: { raw: 3, health: 1 },
      byKind: { events: 1, health: 1, empty: 1, probe: 1 },
      byStatus: { 200: 3, 400: 1 },
      byCode: { 0: 2, 17: 1, 5: 1 },
    })
  })

  it('is bounded, and still knows how many there were', async () => {
    await using simulator = await startHecSimulator({ tokens, maximumEvents: 3 })
    await send(simulator, { body: '1\n2\n3\n4\n5' })
    expect(simulator.accepted().map((entry) => entry.event)).toEqual([3, 4, 5])
    expect(simulator.acceptedTotal()).toBe(5)
  })

  it('lets a test wait for what it wants to see', async () => {
    await using simulator = await startHecSimulator({ tokens })
    const seen = simulator.waitFor(() => simulator.acceptedTotal() === 2, { timeoutMilliseconds: 5_000 })
    await send(simulator, { body: 'a' })
    await send(simulator, { body: 'b' })
    await seen
    await expect(simulator.waitFor(() => false, { timeoutMilliseconds: 20 })).rejects.toThrow('Not seen')
  })
})

describe('tokens change while it runs', () => {
  it('revoked, added, disabled', async () => {
    await using simulator = await startHecSimulator({ tokens })
    const code = async (value: string): Promise<unknown> =>
      (await send(simulator, { authorization: `Splunk ${value}`, body: 'x' })).answer['code']
    simulator.revokeToken(token)
    expect(await code(token)).toBe(4)
    simulator.addToken({ token: 'fresh' })
    expect(await code('fresh')).toBe(0)
    simulator.disableToken('fresh')
    expect(await code('fresh')).toBe(1)
  })
})

describe('outages', () => {
  it.each(hecCodes)('answers code %i when told to', async (code) => {
    await using simulator = await startHecSimulator({ tokens })
    await simulator.fail({ mode: 'status', code })
    expect((await send(simulator, { body: 'x' })).answer['code']).toBe(code)
    expect(simulator.acceptedTotal()).toBe(0)
  })

  const answers: readonly { name: string; outage: Outage; want: object }[] = [
    { name: 'a login page', outage: { mode: 'status', html: true }, want: { status: 200 } },
    {
      name: 'a bare status',
      outage: { mode: 'status', httpStatus: 502 },
      want: { status: 502, answer: { text: '502' } },
    },
    { name: 'a redirect', outage: { mode: 'status', redirect: 'https://x.example/' }, want: { status: 302 } },
  ]
  it.each(answers)('answers $name', async ({ outage, want }) => {
    await using simulator = await startHecSimulator({ tokens })
    await simulator.fail(outage)
    expect(await send(simulator, { body: 'x' })).toMatchObject(want)
  })

  it('refuses connections while down, and comes back on its port', async () => {
    await using simulator = await startHecSimulator({ tokens })
    await simulator.down()
    const refused = await new Promise((resolve) => {
      connect(simulator.port, '127.0.0.1')
        .on('connect', () => resolve('connected'))
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    })
    expect(refused).toBe('ECONNREFUSED')
    await simulator.up()
    expect((await send(simulator, { body: 'x' })).status).toBe(200)
  })

  it('resets and stalls', async () => {
    await using simulator = await startHecSimulator({ tokens })
    await simulator.fail({ mode: 'reset' })
    await expect(send(simulator, { body: 'x' })).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    await simulator.recover()
    await simulator.fail({ mode: 'stall' })
    const url = simulator.url('raw')
    await expect(fetch(url, { method: 'POST', signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    expect(simulator.requests().byStatus).toEqual({ 0: 2 })
  })

  it('ends by count, by path and by recovery', async () => {
    await using simulator = await startHecSimulator({ tokens })
    const code = async (): Promise<unknown> => (await send(simulator, { body: 'x' })).answer['code']
    await simulator.fail({ mode: 'status', code: 9, count: 2 })
    expect([await code(), await code(), await code()]).toEqual([9, 9, 0])
    await simulator.fail({ mode: 'status', code: 18, paths: ['health'] })
    expect(await code()).toBe(0)
    expect((await send(simulator, { path: health, method: 'GET' })).answer['code']).toBe(18)
    await simulator.recover()
    expect((await send(simulator, { path: health, method: 'GET' })).answer['code']).toBe(17)
  })

  it('answers late but right when slow', async () => {
    await using simulator = await startHecSimulator({ tokens })
    await simulator.fail({ mode: 'slow', delayMilliseconds: 120 })
    const started = performance.now()
    expect((await send(simulator, { body: 'x' })).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThan(100)
  })
})

describe('the control API', () => {
  const post = async (simulator: HecSimulator, command: string, body?: object): Promise<Response> =>
    fetch(`${simulator.baseUrl}/_sim/${command}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  it('scripts outages, changes tokens and shows what happened', async () => {
    await using simulator = await startHecSimulator({ tokens: [] })
    await post(simulator, 'addToken', { token })
    await post(simulator, 'fail', { mode: 'status', code: 9, count: 1 })
    expect((await send(simulator, { body: 'x' })).status).toBe(503)
    expect((await send(simulator, { body: '{"a":1}' })).status).toBe(200)
    const state = await fetch(`${simulator.baseUrl}/_sim/state`)
    expect(await state.json()).toMatchObject({ up: true, outages: [], acceptedTotal: 1, requests: { total: 2 } })
    const { events } = (await (await fetch(`${simulator.baseUrl}/_sim/events`)).json()) as { events: unknown[] }
    expect(events).toMatchObject([{ event: { a: 1 }, authorization: `Splunk ${token}` }])
  })

  it('closes the port for a while and comes back by itself', async () => {
    await using simulator = await startHecSimulator({ tokens })
    expect((await post(simulator, 'fail', { mode: 'refuse', forMilliseconds: 100 })).status).toBe(200)
    await expect.poll(() => simulator.isUp(), { interval: 5 }).toBe(false)
    await expect.poll(() => simulator.isUp(), { interval: 5 }).toBe(true)
  })

  it.each([
    { command: 'fail', body: { mode: 'explode' }, status: 400 },
    { command: 'fail', body: { mode: 'status', code: 99 }, status: 400 },
    { command: 'nonsense', body: {}, status: 404 },
  ])('says what is wrong with $command $body', async ({ command, body, status }) => {
    await using simulator = await startHecSimulator({ tokens })
    const response = await post(simulator, command, body)
    expect(response.status).toBe(status)
    expect(Object.keys((await response.json()) as object)).toContain('error')
  })
})
