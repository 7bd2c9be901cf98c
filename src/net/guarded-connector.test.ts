import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'

import { Agent } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { type AddressGuard, createAddressGuard } from './address-guard.ts'
import { createGuardedConnector, type Resolve } from './guarded-connector.ts'

/** Where the server listens; and an address that the guard refuses. */
const [loopback, metadata] = ['127.0.0.1', '169.254.169.254']
/** Allowed, and nobody's: RFC 5737. */
const nowhere = '192.0.2.1'
const open = createAddressGuard({ allow: [loopback], deny: [], refuse: [] })
const shut = createAddressGuard({ allow: [], deny: [], refuse: [] })

let stack: AsyncDisposableStack
let requests: number
let lookups: number
let port: number

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  requests = 0
  lookups = 0
  const server = createServer((request, response) => {
    requests++
    response.setHeader('location', `http://${metadata}/`)
    response.writeHead(request.url === '/redirect' ? 302 : 200, { connection: 'close' }).end()
  }).listen(0, loopback)
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(() => stack.disposeAsync())

/** Asks a name that resolves to `answers`, one list after the other, the last one for ever. */
async function ask(
  guard: AddressGuard,
  answers: readonly (readonly string[])[],
  times = 1,
  path = '/',
  timeoutMilliseconds = 30_000,
): Promise<readonly string[]> {
  const resolve: Resolve = (_hostname, _options, callback) => {
    const addresses = answers[Math.min(lookups++, answers.length - 1)] ?? []
    queueMicrotask(() =>
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      ),
    )
  }
  const tls = () => ({ rejectUnauthorized: true, secureContext: createSecureContext() })
  const connect = createGuardedConnector({ guard, tls, timeoutMilliseconds, resumeSessions: false, resolve })
  const agent = new Agent({ connect })
  stack.defer(() => agent.destroy())
  const results: string[] = []
  for (let time = 0; time < times; time++) {
    const result = await agent
      .request({ origin: `http://siem.example:${port}`, path, method: 'GET' })
      .then(async ({ statusCode, body }) => {
        await body.dump()
        return String(statusCode)
      })
      .catch((error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown'))
    results.push(result)
  }
  return results
}

test('a name that changes between two connections is judged for each', async () => {
  expect(await ask(open, [[loopback], [metadata], [loopback], [metadata]], 4)).toEqual([
    '200',
    'EndpointNotAllowed',
    '200',
    'EndpointNotAllowed',
  ])
  expect(requests).toBe(2)
})

test('a name is asked for once a connection: what was checked is connected to', async () => {
  expect(await ask(open, [[loopback], [metadata]])).toEqual(['200'])
  expect(lookups).toBe(1)
})

test.each([
  { name: 'first', answer: [loopback, nowhere] },
  { name: 'last', answer: [nowhere, loopback] },
])('of several addresses a refused one is not tried, be it the $name', async ({ answer }) => {
  const [result] = await ask(shut, [answer], 1, '/', 300)
  expect(result).not.toBe('200')
  expect(requests).toBe(0)
})

test('of several addresses the allowed one is connected to', async () => {
  expect(await ask(open, [[metadata, loopback]], 3)).toEqual(['200', '200', '200'])
})

test('a name without an allowed address is connected to nowhere', async () => {
  expect(await ask(shut, [[loopback, metadata], []], 2)).toEqual(['EndpointNotAllowed', 'EndpointNotAllowed'])
  expect(requests).toBe(0)
})

test('a redirect to what is refused is not followed', async () => {
  expect(await ask(open, [[loopback]], 1, '/redirect')).toEqual(['302'])
  expect(requests).toBe(1)
})
