import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2Session,
  type SecureServerOptions,
} from 'node:http2'
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'

import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node'
import { describe, expect, onTestFinished, test } from 'vitest'

import { createCertificateAuthority } from '../../test/support/certificates.ts'
import { failureOf } from '../../test/support/failure-of.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { openClient } from '../../test/support/open-client.ts'
import { passTime } from '../../test/support/pass-time.ts'
import type { Clock } from './clock.ts'
import type { RestClient } from './rest-client.ts'

const never = new AbortController().signal
const authority = createCertificateAuthority({ commonName: 'cluster CA' })
const onLoopback = { commonName: 'apiserver', ipAddresses: ['127.0.0.1'] }
const base64 = (text: string): string => Buffer.from(text).toString('base64')

interface TlsServer {
  readonly url: string
  readonly server: Http2SecureServer
  /** Connections made so far. */
  readonly sockets: Set<TLSSocket>
  /** HTTP version and client certificate's name of each request. */
  readonly seen: string[]
}

/** A server that speaks HTTP/2 and HTTP/1.1; `/watch` stays open, anything else is answered. */
async function serveTls(options: SecureServerOptions = {}): Promise<TlsServer> {
  const { certPem, keyPem } = authority.issue(onLoopback)
  const seen: string[] = []
  const sockets = new Set<TLSSocket>()
  const server = createSecureServer(
    { cert: certPem, key: keyPem, allowHTTP1: true, ...options },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate()
      seen.push(`${request.httpVersion} ${String(subject?.CN ?? '-')}`)
      response.writeHead(200)
      if (request.url === '/watch') response.write('line\n')
      else response.end('{}')
    },
  )
  server.on('secureConnection', (socket: TLSSocket) => sockets.add(socket))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, server, sockets, seen }
}

function connect(
  cluster: Partial<Cluster> & { readonly server: string },
  options: { user?: Partial<User>; allowHttp2?: boolean; clock?: Clock; requestTimeoutMilliseconds?: number } = {},
): RestClient {
  const { user = {}, ...rest } = options
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser(
    { name: 'c', caData: base64(authority.certPem), skipTLSVerify: false, ...cluster },
    { name: 'u', ...user },
  )
  return openClient(kubeConfig, rest)
}

const get = (client: RestClient): Promise<unknown> => client.request({ method: 'GET', path: '/x', signal: never })

describe('trust', () => {
  test('a server of the CA of the kubeconfig is trusted', async () => {
    const { url } = await serveTls()
    expect(await get(connect({ server: url }))).toEqual({})
  })

  test('a server of another CA is not, and the error says why', async () => {
    const other = createCertificateAuthority({ commonName: 'other CA' })
    const { url, seen } = await serveTls()
    const error = await failureOf(get(connect({ server: url, caData: base64(other.certPem) })))
    expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'ConnectFailed' })
    expect(String(error)).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    expect(seen).toEqual([])
  })

  test('a server of another name is trusted under the name that the kubeconfig gives', async () => {
    const { certPem, keyPem } = authority.issue({ commonName: 'x', dnsNames: ['kubernetes.default'] })
    const { url } = await serveTls({ cert: certPem, key: keyPem })
    expect(await failureOf(get(connect({ server: url })))).toMatchObject({ code: 'ConnectFailed' })
    expect(await get(connect({ server: url, tlsServerName: 'kubernetes.default' }))).toEqual({})
  })

  test('the client shows its certificate', async () => {
    const { url, seen } = await serveTls({ requestCert: true, ca: authority.certPem })
    const { certPem, keyPem } = authority.issue({ commonName: 'operator' })
    await get(connect({ server: url }, { user: { certData: base64(certPem), keyData: base64(keyPem) } }))
    expect(seen).toEqual(['1.1 operator'])
  })

  test('a rotated CA file is followed without a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ca-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const caFile = join(directory, 'ca.crt')
    await writeFile(caFile, authority.certPem)
    const { url, server, sockets } = await serveTls()
    const client = connect({ server: url, caData: '', caFile })
    await get(client)

    const next = createCertificateAuthority({ commonName: 'next CA' })
    const { certPem, keyPem } = next.issue(onLoopback)
    server.setSecureContext({ cert: certPem, key: keyPem })
    for (const socket of sockets) socket.destroy()
    await writeFile(caFile, next.certPem)
    expect(await get(client)).toEqual({})
  })
})

const watch = { path: '/watch', signal: never, maximumSilenceMilliseconds: 60_000 }

test('a hundred requests at a time share sixteen connections', async () => {
  const { url, sockets, seen } = await serveTls()
  const client = connect({ server: url })
  await Promise.all(Array.from({ length: 100 }, () => get(client)))
  expect(seen).toEqual(Array.from({ length: 100 }, () => '1.1 -'))
  expect(sockets.size).toBeLessThanOrEqual(16)
})

test('a request that is aborted while its body leaves ends, and so does the next one', async () => {
  const { url } = await serveTls()
  const client = connect({ server: url })
  await get(client)
  const body = 'x'.repeat(1_000_000)
  for (let round = 0; round < 20; round++) {
    const abort = new AbortController()
    const sent = client.request({ method: 'PUT', path: '/x', body, signal: abort.signal })
    setImmediate(() => abort.abort(new Error('enough')))
    await sent.catch((error: unknown) => expect(error).toBe(abort.signal.reason))
  }
  expect(await get(client)).toEqual({})
})

describe.each([
  { name: 'HTTP/2', allowHttp2: true, version: '2.0', most: 1 },
  { name: 'HTTP/1.1', allowHttp2: false, version: '1.1', most: 20 },
])('over $name', ({ allowHttp2, version, most }) => {
  test('many streams at a time share few connections', async () => {
    const { url, sockets, seen } = await serveTls()
    const client = connect({ server: url }, { allowHttp2 })
    // The first connection tells what the server speaks.
    using _first = await client.stream(watch)
    const streams = await Promise.all(Array.from({ length: 19 }, () => client.stream(watch)))
    expect(seen).toEqual(Array.from({ length: 20 }, () => `${version} -`))
    expect(sockets.size).toBeLessThanOrEqual(most)
    for (const stream of streams) stream[Symbol.dispose]()
  })

  test('a connection whose peer has gone without a word serves no second stream', async () => {
    const { url, sockets } = await serveTls()
    const proxy = await forward(Number(new URL(url).port))
    const clock = createFakeClock()
    const client = connect({ server: `https://127.0.0.1:${proxy.port}` }, { allowHttp2, clock })
    using _before = await client.stream(watch)
    const before = sockets.size
    proxy.swallow()
    expect(await failureOf(passTime(clock, client.stream(watch), 5000))).toMatchObject({ code: 'Timeout' })
    proxy.heal()
    using _after = await client.stream(watch)
    expect(sockets.size).toBeGreaterThan(before)
  })

  test('a connection that is reset amid its handshake is noticed at once', async () => {
    const { url } = await serveTls()
    const proxy = await forward(Number(new URL(url).port))
    for (let round = 0; round < 10; round++) {
      proxy.resetAfterAnswer()
      const client = connect({ server: `https://127.0.0.1:${proxy.port}` }, { allowHttp2 })
      using stream = await client.stream(watch)
      for await (const line of stream.lines) {
        expect(line).toBe('line')
        break
      }
    }
  })
})

test('a session that refuses new streams is left to the streams that it has', async () => {
  const { url, server, sockets } = await serveTls()
  const refusing = new Set<Http2Session>()
  server.prependListener('request', (request: Http2ServerRequest) => {
    const { session } = request.stream
    if (session === undefined) return
    if (refusing.has(session)) request.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    if (sockets.size === 1) refusing.add(session)
  })
  const client = connect({ server: url })
  using first = await client.stream(watch)
  using _second = await client.stream(watch)
  expect(sockets.size).toBe(2)
  for await (const line of first.lines) {
    expect(line).toBe('line')
    break
  }
})

test('a connection whose peer has gone without a word serves no second request', async () => {
  const { url, sockets } = await serveTls()
  const proxy = await forward(Number(new URL(url).port))
  const clock = createFakeClock()
  const client = connect({ server: `https://127.0.0.1:${proxy.port}` }, { clock, requestTimeoutMilliseconds: 5000 })
  await get(client)
  const before = sockets.size
  proxy.swallow()
  const silent = client.request({ method: 'GET', path: '/x', signal: never })
  expect(await failureOf(passTime(clock, silent, 500))).toMatchObject({ code: 'Timeout' })
  proxy.heal()
  expect(await get(client)).toEqual({})
  expect(sockets.size).toBeGreaterThan(before)
})

interface Relay {
  readonly port: number
  /** What is connected before this and until `heal` is lost for good, without a word; the rest works. */
  readonly swallow: () => void
  readonly heal: () => void
  /** The next answer, part of a TLS handshake on a new connection, is followed by a reset. */
  readonly resetAfterAnswer: () => void
}

async function forward(port: number): Promise<Relay> {
  let swallows = false
  let resets = false
  const pairs = new Set<[Socket, Socket]>()
  const relay = createTcpServer((near) => {
    const far = connectTcp(port, '127.0.0.1')
    for (const socket of [near, far]) socket.on('error', () => undefined)
    pairs.add([near, far])
    if (swallows) return
    near.pipe(far)
    far.pipe(near)
    far.on('data', () => {
      if (!resets) return
      resets = false
      // Behind the answer, which the pipe has just written.
      near.resetAndDestroy()
    })
  })
  await new Promise<void>((resolve) => void relay.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const [near, far] of pairs) {
      near.destroy()
      far.destroy()
    }
    relay.close()
  })
  return {
    port: (relay.address() as AddressInfo).port,
    resetAfterAnswer() {
      resets = true
    },
    heal() {
      swallows = false
    },
    swallow() {
      swallows = true
      for (const [near, far] of pairs) {
        near.unpipe(far).resume()
        far.unpipe(near).resume()
      }
    },
  }
}

describe('a proxy of the kubeconfig', () => {
  test('is asked to connect to the server', async () => {
    const { url } = await serveTls()
    const targets: string[] = []
    const proxy = createServer()
    proxy.on('connect', (request, near: Socket) => {
      targets.push(request.url ?? '')
      const far = connectTcp(Number(new URL(url).port), '127.0.0.1', () => {
        near.write('HTTP/1.1 200 Connection established\r\n\r\n')
        near.pipe(far).pipe(near)
      })
      for (const socket of [near, far]) socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void proxy.close())
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    expect(await get(connect({ server: url, proxyUrl }))).toEqual({})
    expect(targets).toEqual([new URL(url).host])
  })

  test('of another kind is refused without its password', () => {
    const kubeConfig = { server: 'https://127.0.0.1:1', proxyUrl: 'socks5://user:sesame@127.0.0.1:1080' }
    expect(() => connect(kubeConfig)).toThrow(/^((?!sesame).)*it starts with 'socks5:'$/)
  })
})
