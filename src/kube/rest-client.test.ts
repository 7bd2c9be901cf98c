import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { KubeConfig } from '@kubernetes/client-node'
import { describe, expect, onTestFinished, test } from 'vitest'

import { failureOf } from '../../test/support/failure-of.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { noMetrics } from '../../test/support/no-metrics.ts'
import { openClient } from '../../test/support/open-client.ts'
import { passTime } from '../../test/support/pass-time.ts'
import {
  answerJson,
  type ScriptedApiServer,
  startScriptedApiServer,
  status,
} from '../../test/support/scripted-api-server.ts'
import { ApiError, ApiUnreachableError } from './api-error.ts'

const never = new AbortController().signal

async function serve(script: Parameters<typeof startScriptedApiServer>[0]): Promise<ScriptedApiServer> {
  const server = await startScriptedApiServer(script)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

describe('a request', () => {
  test('carries method, path, query, body and headers, and gives the parsed answer', async () => {
    const server = await serve((_request, response) => answerJson(response, { ok: true }))
    const client = openClient(server.kubeConfig({ token: 'sesame' }))
    const answer = await client.request({
      method: 'PATCH',
      path: '/api/v1/x%2Fy',
      query: { fieldManager: 'a b&c', force: true, left: undefined },
      body: { a: 1 },
      contentType: 'application/apply-patch+yaml',
      signal: never,
    })
    expect(answer).toEqual({ ok: true })
    expect(server.requests).toMatchObject([
      {
        method: 'PATCH',
        path: '/api/v1/x%2Fy',
        query: { fieldManager: 'a b&c', force: 'true' },
        body: '{"a":1}',
        headers: {
          'content-type': 'application/apply-patch+yaml',
          accept: 'application/json',
          'user-agent': 'tester/1',
          authorization: 'Bearer sesame',
        },
      },
    ])
  })

  test('keeps the path prefix of the server', async () => {
    const server = await serve((_request, response) => answerJson(response, {}))
    const config = new KubeConfig()
    config.loadFromClusterAndUser(
      { name: 'c', server: `${server.url}/k8s/clusters/one/`, skipTLSVerify: false },
      { name: 'u', username: 'me', password: 'secret' },
    )
    await openClient(config).request({ method: 'GET', path: '/version', signal: never })
    expect(server.requests[0]?.path).toBe('/k8s/clusters/one/version')
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:secret')}`)
  })

  test('reuses connections', async () => {
    const ports = new Set<number | undefined>()
    const server = await serve((_request, response) => {
      ports.add(response.socket?.remotePort)
      answerJson(response, {})
    })
    const client = openClient(server.kubeConfig())
    for (let i = 0; i < 10; i++) await client.request({ method: 'GET', path: '/x', signal: never })
    expect(ports.size).toBeLessThanOrEqual(2)
  })

  test('an empty answer is undefined', async () => {
    const server = await serve((_request, response) => void response.end())
    expect(
      await openClient(server.kubeConfig()).request({ method: 'DELETE', path: '/x', signal: never }),
    ).toBeUndefined()
  })
})

describe('an error', () => {
  test('of the server carries status, reason, details and message of its Status', async () => {
    const cause = { reason: 'FieldManagerConflict', field: '.spec.x' }
    const server = await serve((_request, response) =>
      answerJson(response, { ...status(409, 'Conflict', 'try again'), details: { name: 'x', causes: [cause] } }, 409),
    )
    const error = await failureOf(openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal: never }))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      status: 409,
      reason: 'Conflict',
      message: 'try again',
      details: { name: 'x', causes: [cause] },
    })
  })

  test('of something in between is told without its text', async () => {
    const server = await serve((_request, response) => void response.writeHead(502).end('<html>Bearer sesame</html>'))
    const error = await failureOf(openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal: never }))
    expect(error).toMatchObject({ status: 502, reason: 'Unknown' })
    expect(String(error)).not.toContain('sesame')
    expect(String(error)).toContain('GET /x at 127.0.0.1:')
  })

  test('is typed when the answer is no JSON', async () => {
    const server = await serve((_request, response) => void response.end('{"cut":'))
    const error = await failureOf(openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal: never }))
    expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'InvalidResponse' })
  })

  test('is typed when the connection is refused', async () => {
    const server = await startScriptedApiServer(() => undefined)
    await server[Symbol.asyncDispose]()
    const error = await failureOf(openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal: never }))
    expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'ConnectFailed' })
    expect(String(error)).toContain('ECONNREFUSED')
  })

  test('is typed when the answer is cut in the middle', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"half"', () => response.destroy())
    })
    const error = await failureOf(openClient(server.kubeConfig()).request({ method: 'PUT', path: '/x', signal: never }))
    expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'Interrupted' })
    expect(server.requests).toHaveLength(1)
  })

  test('is typed when the answer is over the bound', async () => {
    const server = await serve((_request, response) => {
      const block = Buffer.alloc(1024 * 1024, ' ')
      const more = (): void => {
        if (!response.destroyed) response.write(block, more)
      }
      more()
    })
    const error = await failureOf(openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal: never }))
    expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'ResponseTooLarge' })
  })
})

describe('time', () => {
  test('a request without answer ends with its time-out, and the next one takes a new connection', async () => {
    const ports: (number | undefined)[] = []
    const server = await serve((_request, response) => {
      ports.push(response.socket?.remotePort)
      if (ports.length > 1) answerJson(response, {})
    })
    const clock = createFakeClock()
    const client = openClient(server.kubeConfig(), { clock, requestTimeoutMilliseconds: 5000 })
    const request = client.request({ method: 'GET', path: '/x', signal: never })
    expect(await failureOf(passTime(clock, request))).toMatchObject({ name: 'ApiUnreachableError', code: 'Timeout' })
    await client.request({ method: 'GET', path: '/x', signal: never })
    expect(new Set(ports).size).toBe(2)
    expect(clock.pending()).toBe(0)
  })

  test('an abort ends a request with the reason of the signal', async () => {
    const server = await serve(() => undefined)
    const abort = new AbortController()
    const reason = new Error('enough')
    const request = openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal: abort.signal })
    await expect.poll(() => server.requests.length).toBe(1)
    abort.abort(reason)
    expect(await failureOf(request)).toBe(reason)
    await expect.poll(() => server.open()).toBe(0)
  })

  test('an aborted signal sends nothing', async () => {
    const server = await serve((_request, response) => answerJson(response, {}))
    const signal = AbortSignal.abort(new Error('before'))
    const error = await failureOf(openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal }))
    expect(String(error)).toContain('before')
    expect(server.requests).toHaveLength(0)
  })
})

describe('retries', () => {
  test.each([429, 503])('%i with Retry-After is repeated after the time wished, also for writes', async (code) => {
    const clock = createFakeClock()
    const times: number[] = []
    const server = await serve((_request, response) => {
      times.push(clock.monotonic())
      if (times.length < 3) answerJson(response, status(code, 'Busy', 'later'), code, { 'retry-after': '2' })
      else answerJson(response, { ok: true })
    })
    const client = openClient(server.kubeConfig(), { clock })
    const answer = await passTime(clock, client.request({ method: 'POST', path: '/x', body: {}, signal: never }))
    expect(answer).toEqual({ ok: true })
    const [first = 0, second = 0, third = 0] = times
    expect(second - first).toBeGreaterThanOrEqual(2000)
    expect(third - second).toBeGreaterThanOrEqual(2000)
  })

  test('end after five', async () => {
    const clock = createFakeClock()
    const server = await serve((_request, response) =>
      answerJson(response, status(429, 'TooManyRequests', 'later'), 429, { 'retry-after': '1' }),
    )
    const request = openClient(server.kubeConfig(), { clock }).request({ method: 'GET', path: '/x', signal: never })
    expect(await failureOf(passTime(clock, request))).toMatchObject({ status: 429, retryAfterMilliseconds: 1000 })
    expect(server.requests).toHaveLength(6)
  })

  test.each([
    { name: '503 without Retry-After', code: 503, headers: {} },
    { name: '500 with Retry-After', code: 500, headers: { 'retry-after': '1' } },
    { name: '429 with a wish beyond patience', code: 429, headers: { 'retry-after': '3600' } },
  ])('are not made for $name', async ({ code, headers }) => {
    const server = await serve((_request, response) => answerJson(response, status(code, 'X', 'x'), code, headers))
    const error = await failureOf(openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal: never }))
    expect(error).toMatchObject({ status: code })
    expect(server.requests).toHaveLength(1)
  })

  test('a read over a connection that broke is repeated once', async () => {
    const server = await serve((_request, response) => {
      if (server.requests.length === 1) response.destroy()
      else answerJson(response, { ok: true })
    })
    expect(await openClient(server.kubeConfig()).request({ method: 'GET', path: '/x', signal: never })).toEqual({
      ok: true,
    })
  })
})

describe('credentials', () => {
  test('a rotated token file is read anew once when the server answers 401', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'token-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const tokenFile = join(directory, 'token')
    await writeFile(tokenFile, 'old\n')
    const server = await serve((request, response) => {
      if (request.headers.authorization === 'Bearer new') answerJson(response, { ok: true })
      else answerJson(response, status(401, 'Unauthorized', 'Unauthorized'), 401)
    })
    const client = openClient(server.kubeConfig({ authProvider: { name: 'tokenFile', config: { tokenFile } } }))
    expect(await failureOf(client.request({ method: 'GET', path: '/x', signal: never }))).toMatchObject({ status: 401 })
    await writeFile(tokenFile, 'new\n')
    expect(await client.request({ method: 'GET', path: '/x', signal: never })).toEqual({ ok: true })
    expect(server.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer old',
      'Bearer old',
      'Bearer old',
      'Bearer new',
    ])
  })

  test('a credential plugin runs once for requests at the same time, and again after a 401', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'plugin-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const plugin = join(directory, 'plugin.mjs')
    const counter = join(directory, 'count')
    await writeFile(
      plugin,
      `import { appendFileSync, readFileSync } from 'node:fs'
       appendFileSync(${JSON.stringify(counter)}, 'x')
       const token = 'token-' + readFileSync(${JSON.stringify(counter)}, 'utf8').length
       console.log(JSON.stringify({ kind: 'ExecCredential', status: { token } }))`,
    )
    let accepted = 'Bearer token-1'
    const server = await serve((request, response) => {
      if (request.headers.authorization === accepted) answerJson(response, { ok: true })
      else answerJson(response, status(401, 'Unauthorized', 'Unauthorized'), 401)
    })
    const client = openClient(server.kubeConfig({ exec: { command: process.execPath, args: [plugin] } }))
    const get = (): Promise<unknown> => client.request({ method: 'GET', path: '/x', signal: never })
    await Promise.all([get(), get(), get()])
    accepted = 'Bearer token-2'
    expect(await Promise.all([get(), get(), get()])).toEqual([{ ok: true }, { ok: true }, { ok: true }])
  })

  test('that cannot be read are an error of their own', async () => {
    const server = await serve((_request, response) => answerJson(response, {}))
    const client = openClient(
      server.kubeConfig({ authProvider: { name: 'tokenFile', config: { tokenFile: '/nonexistent/token' } } }),
    )
    const error = await failureOf(client.request({ method: 'GET', path: '/x', signal: never }))
    expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'CredentialsUnavailable' })
  })

  test('a kubeconfig without a cluster is refused at once', () => {
    expect(() => openClient(new KubeConfig())).toThrow('set current-context')
  })
})

test('every exchange is counted by method, host and code', async () => {
  const codes: string[] = []
  const server = await serve((_request, response) => {
    if (server.requests.length === 1) answerJson(response, {})
    else if (server.requests.length === 2) answerJson(response, {}, 404)
    else response.destroy()
  })
  const client = openClient(server.kubeConfig(), {
    metrics: { ...noMetrics, restRequest: ({ method, host, code }) => codes.push(`${method} ${host} ${code}`) },
  })
  for (let i = 0; i < 3; i++) await client.request({ method: 'PUT', path: '/x', signal: never }).catch(() => undefined)
  const { host } = new URL(server.url)
  expect(codes).toEqual([`PUT ${host} 200`, `PUT ${host} 404`, `PUT ${host} <error>`])
})

test('disposal ends what is under way', async () => {
  const server = await serve(() => undefined)
  const client = openClient(server.kubeConfig())
  const request = failureOf(client.request({ method: 'PUT', path: '/x', signal: never }))
  await expect.poll(() => server.requests.length).toBe(1)
  await client[Symbol.asyncDispose]()
  expect(await request).toBeInstanceOf(ApiUnreachableError)
  await expect.poll(() => server.open()).toBe(0)
})

test('a server that speaks no HTTP is an error, not a crash', async () => {
  const server: Server = createServer((socket) => void socket.end('SSH-2.0-OpenSSH\r\n'))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const config = new KubeConfig()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: false }, { name: 'u' })
  const error = await failureOf(openClient(config).request({ method: 'PUT', path: '/x', signal: never }))
  expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'InvalidResponse' })
})
