import type { RequestListener } from 'node:http'

import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createLadderBench } from '../../test/support/ladder-bench.ts'
import { createOddServers, type OddServers } from '../../test/support/odd-servers.ts'
import { Secret } from '../observability/secret.ts'

const token = '0f1e2d3c-0000-4000-8000-00000000000a'
const all = [0, 1, 2, 3] as const
const bench = createLadderBench(token)
const { ladder } = bench
let servers: OddServers

afterAll(() => bench[Symbol.asyncDispose]())
beforeEach(() => {
  servers = createOddServers()
})
afterEach(() => servers[Symbol.asyncDispose]())

describe('what looks like a Splunk', () => {
  const guarded =
    (listener: RequestListener, refuse: RequestListener): RequestListener =>
    (request, response) =>
      request.headers.authorization === `Splunk ${token}` ? listener(request, response) : refuse(request, response)

  /** The receiver of the OpenTelemetry Collector, v0.161: what is neither raw nor health is its event endpoint. */
  const openTelemetry: RequestListener = (request, response) => {
    const health = request.url?.startsWith('/services/collector/health')
    const empty = request.headers['content-length'] === '0'
    if (health === true) response.end('{"text": "HEC is healthy", "code": 17}')
    else if (request.method !== 'POST') response.writeHead(400).end('"Only \\"POST\\" method is supported"')
    else if (empty) {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end('{"text":"No data","code":5}')
    } else if (request.url === '/services/collector/raw') response.end('{"text": "Success", "code": 0}')
    else {
      response
        .writeHead(400, { 'content-type': 'text/plain; charset=utf-8' })
        .end('{"text":"Invalid data format","code":6}')
    }
  }
  /** Older ones answered events and health with a JSON string. */
  const olderOpenTelemetry: RequestListener = (request, response) => {
    if (request.method === 'POST' && request.headers['content-length'] === '0') openTelemetry(request, response)
    else response.end('"OK"')
  }
  const bearerTokenAuth: RequestListener = (_request, response) =>
    response
      .writeHead(401, { 'content-type': 'text/plain; charset=utf-8' })
      .end('provided authorization does not match expected scheme or token')
  const vector: RequestListener = (request, response) => {
    const { authorization } = request.headers
    if (request.url?.startsWith('/services/collector/health') === true)
      response.end('{"text":"HEC is healthy","code":17}')
    else if (authorization === undefined) response.writeHead(401).end('{"text":"Token is required","code":2}')
    else if (authorization !== `Splunk ${token}`)
      response.writeHead(401).end('{"text":"Invalid authorization","code":3}')
    else if (request.headers['content-length'] === '0') response.writeHead(400).end('{"text":"No data","code":5}')
    else response.end('{"text":"Success","code":0}')
  }
  const fluentBit: RequestListener = (request, response) => {
    if (request.url === '/services/collector/health') response.end('{"text":"Success","code":200}')
    else if (request.method === 'GET') response.writeHead(400).end('error: invalid endpoint')
    else if (request.headers.authorization !== `Splunk ${token}`) response.writeHead(401).end('error: unauthorized')
    else if (request.headers['content-length'] === '0') response.writeHead(400).end('error: no payload found\n')
    else response.end('{"text":"Success","code":0}')
  }
  const good: readonly string[] = ['0 ok Healthy', '1 ok Healthy', '2 ok Healthy', '3 ok Accepted']

  it.each([
    { name: 'an OpenTelemetry Collector without authentication', listener: openTelemetry, wrong: good },
    {
      name: 'an OpenTelemetry Collector with bearertokenauth, which guards health too',
      listener: guarded(openTelemetry, bearerTokenAuth),
      wrong: ['0 ok Healthy', '1 misconfigured AuthenticationRefused'],
    },
    {
      name: 'Vector, which tells an unknown token like a bad scheme',
      listener: vector,
      wrong: ['0 ok Healthy', '1 ok Healthy', '2 misconfigured TokenSchemeInvalid'],
    },
    {
      name: 'Fluent Bit, which answers in plain text',
      listener: fluentBit,
      wrong: ['0 ok Healthy', '1 ok Healthy', '2 misconfigured AuthenticationRefused'],
    },
  ])('$name', async ({ listener, wrong }) => {
    const server = await servers.http(listener)
    expect(await ladder(server)).toEqual(good)
    expect(await ladder(server, all, { authorization: new Secret('Splunk wrong') })).toEqual(wrong)
  })

  it('an older OpenTelemetry Collector answers a JSON string', async () => {
    const server = await servers.http(olderOpenTelemetry)
    expect(await ladder(server)).toEqual(good)
  })

  it('a full OpenTelemetry Collector answers 500', async () => {
    const server = await servers.http((request, response) => {
      if (request.headers['content-length'] === '0' || request.method === 'GET') openTelemetry(request, response)
      else response.writeHead(500, { 'content-type': 'text/plain' }).end('"Internal Server Error"')
    })
    expect((await ladder(server)).at(-1)).toBe('3 transient ServerError')
  })
})
