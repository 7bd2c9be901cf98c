import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createFakeClock } from '../../test/support/fake-clock.ts'
import { systemClock } from '../kube/clock.ts'
import { Secret } from '../observability/secret.ts'
import { createAddressGuard } from './address-guard.ts'
import { createHttpClientFactory } from './http-client-factory.ts'
import type { HttpClient, HttpClientFactory, HttpRequest } from './http-client.ts'

const open = createAddressGuard({ allow: ['127.0.0.0/8', '::1'], deny: [], refuse: [] })
const shut = createAddressGuard({ allow: [], deny: [], refuse: [] })

let stack: AsyncDisposableStack
let factory: HttpClientFactory
let client: HttpClient

beforeEach(() => {
  stack = new AsyncDisposableStack()
  factory = stack.use(createHttpClientFactory({ clock: systemClock, guard: open, proxyFromEnvironment: false }))
  client = factory.forTrust({ verification: 'Full' })
})
afterEach(() => stack.disposeAsync())

/** A server that answers every request with `handler` until the test ends. */
async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

/** A server that does with each connection what `handler` says, bytes and all. */
async function serveTcp(handler: (socket: Socket) => void): Promise<URL> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    handler(socket)
  }).listen(0, '127.0.0.1')
  stack.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

function get(url: URL, given: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    url,
    timeoutMilliseconds: 5_000,
    maximumBodyBytes: 1024,
    signal: AbortSignal.timeout(10_000),
    ...given,
  }
}

describe('request', () => {
  it('sends method, path, query, headers and body as given, and gives back the whole answer', async () => {
    const url = await serve((request, response) => {
      request.setEncoding('utf8')
      let body = ''
      request.on('data', (text: string) => (body += text))
      request.on('end', () => {
        const { authorization } = request.headers
        response.writeHead(418, { 'X-Seen': 'yes' })
        response.end(JSON.stringify({ method: request.method, url: request.url, authorization, body }))
      })
    })
    const answer = await client.request(
      get(new URL('/a/b?c=d', url), {
        method: 'POST',
        headers: { authorization: new Secret('Splunk canary') },
        body: '{"x":1}',
      }),
    )
    expect(answer.status).toBe(418)
    expect(answer.headers['x-seen']).toBe('yes')
    expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({
      method: 'POST',
      url: '/a/b?c=d',
      authorization: 'Splunk canary',
      body: '{"x":1}',
    })
  })

  it('says the length of an empty body of a POST', async () => {
    const url = await serve((request, response) => response.end(request.headers['content-length']))
    const answer = await client.request(get(url, { method: 'POST' }))
    expect(Buffer.from(answer.body).toString()).toBe('0')
  })

  it('does not follow a redirect', async () => {
    const asked: (string | undefined)[] = []
    const url = await serve((request, response) => {
      asked.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect((await client.request(get(url))).status).toBe(302)
    expect(asked).toEqual(['/'])
  })

  it('waits past an interim answer', async () => {
    const url = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.end('final')
    })
    expect((await client.request(get(url))).status).toBe(200)
  })

  it('reads no more of a body than allowed', async () => {
    const url = await serve((_request, response) => {
      const write = (): void =>
        void (response.destroyed || response.write('x'.repeat(65_536), () => setImmediate(write)))
      write()
    })
    await expect(client.request(get(url))).rejects.toMatchObject({ code: 'BodyTooLarge' })
  })

  it('gives up on a server that sends its body a byte at a time, when the time for the whole exchange is up', async () => {
    const url = await serve((_request, response) => {
      const timer = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(timer))
    })
    await expect(client.request(get(url, { timeoutMilliseconds: 150 }))).rejects.toMatchObject({
      code: 'ResponseTimeout',
    })
  })

  it('takes the time-out from the clock it is given', async () => {
    const clock = createFakeClock()
    const timed = stack.use(createHttpClientFactory({ clock, guard: open, proxyFromEnvironment: false }))
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const url = await serve(() => resolve())
    const answer = timed.forTrust({ verification: 'Full' }).request(get(url, { timeoutMilliseconds: 60_000 }))
    const failure = expect(answer).rejects.toMatchObject({ code: 'ResponseTimeout' })
    await asked
    await clock.advance(60_000)
    await failure
    expect(clock.pending()).toBe(0)
  })

  it('throws the reason of the signal when aborted, and ends the connection', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const controller = new AbortController()
    const url = await serve((request) => {
      request.socket.on('close', resolve)
      controller.abort(new Error('enough'))
    })
    await expect(client.request(get(url, { signal: controller.signal }))).rejects.toThrow('enough')
    await closed
  })

  it('names host and port in its errors, but neither path nor query', async () => {
    const url = await serveTcp((socket) => socket.destroy())
    const failure: unknown = await client
      .request(get(new URL('/path?key=canary', url)))
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ConnectionReset' })
    expect(String(failure)).toContain(url.host)
    expect(String(failure)).not.toMatch(/path|canary/)
  })

  it('shares few connections between many requests', async () => {
    const ports = new Set<number | undefined>()
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      setTimeout(() => response.end(), 5)
    })
    const twin = factory.forTrust({ verification: 'Full' })
    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? client : twin).request(get(url))))
    expect(ports.size).toBeLessThanOrEqual(4)
  })

  it('closes the connections of trusts long unused, without breaking off what they are doing', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const url = await serve((request, response) => {
      if (request.url === '/slow') void released.then(() => response.end('late'))
      else response.end()
    })
    const slow = client.request(get(new URL('/slow', url)))
    for (let trust = 0; trust < 300; trust++) {
      await factory.forTrust({ verification: 'Full', serverName: `n${trust}.example` }).request(get(url))
    }
    release()
    expect(Buffer.from((await slow).body).toString()).toBe('late')
    expect((await client.request(get(url))).status).toBe(200)
  })

  it('is made by one client for equal trusts, and by another for another one', () => {
    const one = factory.forTrust({ verification: 'Full', serverName: 'one.example' })
    expect(factory.forTrust({ serverName: 'one.example', verification: 'Full' })).toBe(one)
    expect(factory.forTrust({ verification: 'None', serverName: 'one.example' })).not.toBe(one)
  })

  it('answers no more once the factory is closed, and leaves no connection', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const url = await serve((request, response) => {
      request.socket.on('close', resolve)
      response.end()
    })
    await client.request(get(url))
    await factory[Symbol.asyncDispose]()
    await closed
    await expect(client.request(get(url))).rejects.toThrow('closed')
  })
})

describe('what a broken answer is called', () => {
  const cases: readonly { name: string; handler: (socket: Socket) => void; want: string }[] = [
    { name: 'a reset at once', handler: (socket) => socket.resetAndDestroy(), want: 'ConnectionReset' },
    {
      name: 'a reset in mid-body',
      handler: (socket) =>
        socket.once('data', () =>
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab', () => socket.resetAndDestroy()),
        ),
      want: 'ConnectionReset',
    },
    {
      name: 'a body cut short',
      handler: (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab')),
      want: 'ConnectionReset',
    },
    { name: 'another protocol', handler: (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), want: 'ProtocolError' },
    {
      name: 'headers without end',
      handler: (socket) =>
        socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`)),
      want: 'BodyTooLarge',
    },
  ]
  it.each(cases)('$name is $want', async ({ handler, want }) => {
    const url = await serveTcp(handler)
    await expect(client.request(get(url))).rejects.toMatchObject({ name: 'TransportError', code: want })
  })

  it('nobody listening is ConnectionRefused', async () => {
    const url = await serveTcp(() => undefined)
    await stack.disposeAsync()
    stack = new AsyncDisposableStack()
    factory = stack.use(createHttpClientFactory({ clock: systemClock, guard: open, proxyFromEnvironment: false }))
    await expect(factory.forTrust({ verification: 'Full' }).request(get(url))).rejects.toMatchObject({
      code: 'ConnectionRefused',
    })
  })

  it('a name that does not exist is DNSFailed', async () => {
    await expect(client.request(get(new URL('http://no-such-host.invalid/')))).rejects.toMatchObject({
      code: 'DNSFailed',
    })
  })
})

describe('the guard', () => {
  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f.1', '127.1', '0.0.0.0', '[::1]'])(
    'keeps requests and handshakes for %s from the server that listens there',
    async (host) => {
      let connections = 0
      const url = await serveTcp(() => void connections++)
      const guarded = stack.use(
        createHttpClientFactory({ clock: systemClock, guard: shut, proxyFromEnvironment: false }),
      )
      const refused = {
        code: 'EndpointNotAllowed',
        message: expect.stringContaining('--allow-endpoint-cidr') as string,
      }
      for (const scheme of ['http', 'https']) {
        const target = new URL(`${scheme}://${host}:${url.port}/`)
        const guardedClient = guarded.forTrust({ verification: 'Full' })
        await expect(guardedClient.request(get(target))).rejects.toMatchObject(refused)
        const options = { timeoutMilliseconds: 1_000, signal: AbortSignal.timeout(5_000) }
        await expect(guardedClient.connect(target, options)).rejects.toMatchObject(refused)
      }
      expect(connections).toBe(0)
    },
  )

  it('connects to http and https only', async () => {
    await expect(client.request(get(new URL('ftp://127.0.0.1/')))).rejects.toMatchObject({ code: 'EndpointNotAllowed' })
  })
})

describe('when no request may begin', () => {
  const over = new Error('over')

  it('sends none and connects to nobody', async () => {
    let connections = 0
    const url = await serveTcp(() => void connections++)
    const fenced = stack.use(
      createHttpClientFactory({
        clock: systemClock,
        guard: open,
        proxyFromEnvironment: false,
        mayBegin() {
          throw over
        },
      }),
    )
    const fencedClient = fenced.forTrust({ verification: 'Full' })
    await expect(fencedClient.request(get(url))).rejects.toBe(over)
    const options = { timeoutMilliseconds: 1_000, signal: AbortSignal.timeout(5_000) }
    await expect(fencedClient.connect(url, options)).rejects.toBe(over)
    expect(connections).toBe(0)
  })

  it('sends none that waited for a connection until then, though its server listens', async () => {
    let isOver = false
    const received: string[] = []
    const url = await serve((request, response) => {
      received.push(request.url ?? '')
      // While all connections are busy the next request waits.
      isOver = true
      response.end()
    })
    const fenced = stack.use(
      createHttpClientFactory({
        clock: systemClock,
        guard: open,
        proxyFromEnvironment: false,
        mayBegin() {
          if (isOver) throw over
        },
      }),
    )
    const fencedClient = fenced.forTrust({ verification: 'Full' })
    const paths = Array.from({ length: 8 }, (_, index) => `/${index}`)
    const results = await Promise.allSettled(paths.map((path) => fencedClient.request(get(new URL(path, url)))))
    expect(received.length).toBeLessThanOrEqual(4)
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    expect(reasons.length).toBeGreaterThanOrEqual(4)
    expect(new Set(reasons)).toEqual(new Set([over]))
  })
})
