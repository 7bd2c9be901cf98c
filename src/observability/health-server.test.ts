import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

import { expect, onTestFinished, test } from 'vitest'

import { createFakeClock } from '../../test/support/fake-clock.ts'
import { systemClock } from '../kube/clock.ts'
import { type HealthServer, type HealthServerOptions, startHealthServer } from './health-server.ts'
import { createLogger } from './logger.ts'

/** Scrapes that never end by themselves. */
function endless(): {
  readonly metrics: () => AsyncGenerator<string, void, undefined>
  readonly begun: () => number
  readonly ended: () => number
  /** Chunks of all of them. */
  readonly rendered: () => number
} {
  let [begun, ended, rendered] = [0, 0, 0]
  return {
    async *metrics() {
      begun++
      try {
        for (;;) {
          await setImmediate()
          rendered++
          yield 'x'.repeat(65_536)
        }
      } finally {
        ended++
      }
    },
    begun: () => begun,
    ended: () => ended,
    rendered: () => rendered,
  }
}

/** A client that asks for the metrics and reads nothing of them. */
function stalled(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {}).pause()
  socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')
  return socket
}

interface Started extends HealthServer {
  readonly lines: string[]
  readonly get: (path: string, init?: RequestInit) => Promise<Response>
}

async function* chunks(...given: readonly string[]): AsyncGenerator<string, void, undefined> {
  await Promise.resolve()
  yield* given
}

async function start(options: Partial<HealthServerOptions> = {}): Promise<Started> {
  const lines: string[] = []
  const server = await startHealthServer({
    listen: { host: '127.0.0.1', port: 0 },
    livenessChecks: {},
    readinessChecks: {},
    metrics: () => chunks('a 1\n'),
    clock: systemClock,
    logger: createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } }),
    ...options,
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { ...server, lines, get: (path, init) => fetch(`http://127.0.0.1:${server.port}${path}`, init) }
}

test('is live and ready while nothing speaks against it', async () => {
  const { get } = await start({ readinessChecks: { a: () => true } })
  for (const path of ['/livez', '/readyz']) {
    const response = await get(path)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('ok\n')
  }
})

test('names what is not ready, and what is too when asked to', async () => {
  const { get } = await start({ readinessChecks: { good: () => true, bad: () => 'not\nlisted yet' } })
  const response = await get('/readyz')
  expect(response.status).toBe(503)
  expect(await response.text()).toBe('[-]bad failed: not listed yet\nreadyz check failed\n')
  expect(await (await get('/readyz?verbose')).text()).toBe(
    '[+]good ok\n[-]bad failed: not listed yet\nreadyz check failed\n',
  )
  expect((await get('/livez')).status).toBe(200)
})

test('lists the checks that pass when asked to', async () => {
  const { get } = await start({ livenessChecks: { good: () => true } })
  const response = await get('/livez?verbose')
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('[+]good ok\nlivez check passed\n')
})

test('judges anew on every request', async () => {
  let ready: true | string = 'starting'
  const { get } = await start({ readinessChecks: { a: () => ready } })
  expect((await get('/readyz')).status).toBe(503)
  ready = true
  expect((await get('/readyz')).status).toBe(200)
})

test('serves metrics in the text format', async () => {
  const { get } = await start()
  const response = await get('/metrics')
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(response.headers.get('content-length')).toBe(null)
  expect(await response.text()).toBe('a 1\n')
})

test('metrics that break off end with their connection, and the log tells why', async () => {
  const { get, lines } = await start({
    async *metrics() {
      yield* chunks('a 1\n')
      throw new Error('broken inside')
    },
  })
  await expect(get('/metrics').then((response) => response.text())).rejects.toThrow(/terminated|fetch failed/)
  expect(lines.join('')).toContain('broken inside')
})

test('what a client does not read is not rendered, and nothing more when it goes away', async () => {
  const scrapes = endless()
  const { port, lines } = await start({ metrics: scrapes.metrics })
  const socket = stalled(port)
  await expect.poll(() => scrapes.begun(), { timeout: 10_000 }).toBe(1)
  // Enough for 190 MB if nothing held it back; the buffers of the system take some of the first.
  for (let turn = 0; turn < 3000; turn++) await setImmediate()
  expect(scrapes.rendered()).toBeLessThan(1000)
  expect(scrapes.ended()).toBe(0)
  socket.destroy()
  await expect.poll(() => scrapes.ended(), { timeout: 10_000 }).toBe(1)
  expect(lines).toEqual([])
})

test('closing cuts off a reader that stalls', async () => {
  const scrapes = endless()
  const server = await start({ metrics: scrapes.metrics })
  stalled(server.port)
  await expect.poll(() => scrapes.begun(), { timeout: 10_000 }).toBe(1)
  await server[Symbol.asyncDispose]()
  await expect.poll(() => scrapes.ended(), { timeout: 10_000 }).toBe(1)
  expect(server.lines).toEqual([])
})

test('a reader that stalls does not hold others, and many of them not for longer than half a minute', async () => {
  const scrapes = endless()
  const clock = createFakeClock()
  let isStalling = true
  let others = 0
  const asked = Promise.withResolvers<true>()
  const { port, get, lines } = await start({
    async *metrics() {
      if (isStalling) yield* scrapes.metrics()
      others++
      yield 'a 1\n'
    },
    clock,
    livenessChecks: {
      a() {
        asked.resolve(true)
        return true
      },
    },
  })
  const first = [stalled(port), stalled(port), stalled(port)]
  await expect.poll(() => scrapes.begun(), { timeout: 10_000 }).toBe(3)
  isStalling = false
  expect(await (await get('/metrics')).text()).toBe('a 1\n')

  isStalling = true
  first.push(stalled(port))
  await expect.poll(() => scrapes.begun(), { timeout: 10_000 }).toBe(4)
  isStalling = false
  const fifth = connect(port, '127.0.0.1')
  let received = ''
  fifth.setEncoding('utf8').on('data', (part) => (received += String(part)))
  // Requests on one connection are taken up in order.
  onTestFinished(() => void fifth.destroy())
  fifth.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
  await asked.promise
  await clock.advance(29_999)
  expect(others).toBe(1)
  await clock.advance(1)
  await expect.poll(() => received, { timeout: 10_000 }).toContain('a 1\n')
  await expect.poll(() => scrapes.ended(), { timeout: 10_000 }).toBe(4)
  expect(lines.filter((line) => line.includes('The answer was not taken within 30 s'))).toHaveLength(4)
  await expect.poll(() => clock.pending(), { timeout: 10_000 }).toBe(0)
})

test('answers HEAD without a body, and renders nothing for it', async () => {
  let renderings = 0
  const { get } = await start({
    async *metrics() {
      renderings++
      yield* chunks('a 1\n')
    },
  })
  const metrics = await get('/metrics', { method: 'HEAD' })
  expect(metrics.status).toBe(200)
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await metrics.text()).toBe('')
  expect(renderings).toBe(0)
  const live = await get('/livez', { method: 'HEAD' })
  expect(live.headers.get('content-length')).toBe('3')
  expect(await live.text()).toBe('')
})

test('refuses other methods and paths', async () => {
  const { get } = await start()
  const post = await get('/metrics', { method: 'POST', body: 'x' })
  expect(post.status).toBe(405)
  expect(post.headers.get('allow')).toBe('GET, HEAD')
  for (const path of ['/', '/metrics/', '/livez/x', '/%6Civez']) expect((await get(path)).status, path).toBe(404)
})

test('says no more than that a check or the metrics broke, and logs why', async () => {
  const { get, lines } = await start({
    async *metrics() {
      yield* chunks()
      throw new Error('broken inside')
    },
    livenessChecks: {
      a: () => {
        throw new Error('check inside')
      },
    },
  })
  for (const path of ['/metrics', '/livez']) {
    const response = await get(path)
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('internal error\n')
  }
  expect(lines.join('')).toContain('broken inside')
  expect(lines.join('')).toContain('check inside')
})

test('tells which address cannot be had, and leaves it to the caller to log it', async () => {
  const { port } = await start()
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  await expect(start({ listen: { host: '127.0.0.1', port }, logger })).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${port} for health and metrics`,
  )
  expect(lines).toEqual([])
})

test('closing finishes the answer under way and frees the port', async () => {
  const end = Promise.withResolvers<void>()
  const server = await start({
    async *metrics() {
      yield 'early 1\n'
      await end.promise
      yield 'late 1\n'
    },
  })
  const scrape = await server.get('/metrics')
  const closing = server[Symbol.asyncDispose]()
  end.resolve()
  expect(await scrape.text()).toBe('early 1\nlate 1\n')
  await closing
  await expect(server.get('/livez')).rejects.toThrow('fetch failed')
})

test('a connection that asks nothing does not hold up the end', async () => {
  const server = await start()
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /livez HTTP/1.1\r\n')
  const ended = once(socket, 'close')
  await server[Symbol.asyncDispose]()
  await ended
  expect(socket.destroyed).toBe(true)
})
