import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { type HecSimulator, startHecSimulator } from '../../test/simulators/hec/hec-simulator.ts'
import { createCertificateAuthority, createSelfSignedCertificate } from '../../test/support/certificates.ts'
import { createLadderBench } from '../../test/support/ladder-bench.ts'
import { createOddServers, type OddServers } from '../../test/support/odd-servers.ts'
import type { TargetSpec } from './ladder.ts'

const token = '0f1e2d3c-0000-4000-8000-00000000000a'
const all = [0, 1, 2, 3] as const

const shared = new AsyncDisposableStack()
const { ladder } = shared.use(createLadderBench(token))
let simulator: HecSimulator
let servers: OddServers

beforeAll(async () => {
  simulator = shared.use(await startHecSimulator({ tokens: [{ token }] }))
})
afterAll(() => shared.disposeAsync())
beforeEach(() => {
  servers = createOddServers()
})
afterEach(async () => {
  await simulator.recover()
  await servers[Symbol.asyncDispose]()
})

describe('every code of a HEC, with its HTTP status, at every level', () => {
  const cases: readonly (readonly [code: number, health: string, token: string, event: string])[] = [
    [0, 'ok Healthy', 'ok Healthy', 'ok Accepted'],
    [1, 'misconfigured TokenDisabled', 'misconfigured TokenDisabled', 'misconfigured TokenDisabled'],
    [2, 'misconfigured TokenMissing', 'misconfigured TokenMissing', 'misconfigured TokenMissing'],
    [3, 'misconfigured TokenSchemeInvalid', 'misconfigured TokenSchemeInvalid', 'misconfigured TokenSchemeInvalid'],
    [4, 'misconfigured TokenInvalid', 'misconfigured TokenInvalid', 'misconfigured TokenInvalid'],
    // What complains of a body at the health path is the collector itself: the token test takes the place of health.
    [5, 'ok Healthy', 'ok Healthy', 'rejected PayloadRejected'],
    [6, 'ok Healthy', 'ok Healthy', 'rejected PayloadRejected'],
    [7, 'misconfigured IndexNotAllowed', 'misconfigured IndexNotAllowed', 'misconfigured IndexNotAllowed'],
    [8, 'transient ServerError', 'transient ServerError', 'transient ServerError'],
    [9, 'transient ServerBusy', 'transient ServerBusy', 'transient ServerBusy'],
    [10, 'misconfigured ChannelRequired', 'misconfigured ChannelRequired', 'misconfigured ChannelRequired'],
    [11, 'misconfigured ChannelInvalid', 'misconfigured ChannelInvalid', 'misconfigured ChannelInvalid'],
    [12, 'ok Healthy', 'ok Healthy', 'misconfigured EventWrapperMissing'],
    [13, 'ok Healthy', 'ok Healthy', 'rejected PayloadRejected'],
    [14, 'misconfigured AckDisabled', 'misconfigured AckDisabled', 'misconfigured AckDisabled'],
    [15, 'rejected PayloadRejected', 'rejected PayloadRejected', 'rejected PayloadRejected'],
    [16, 'misconfigured QueryTokenRefused', 'misconfigured QueryTokenRefused', 'misconfigured QueryTokenRefused'],
    [17, 'ok Healthy', 'misconfigured WrongPath', 'misconfigured WrongPath'],
    [18, 'transient QueuesFull', 'transient QueuesFull', 'transient QueuesFull'],
    [19, 'transient AckUnavailable', 'transient AckUnavailable', 'transient AckUnavailable'],
    [20, 'transient QueuesFull', 'transient QueuesFull', 'transient QueuesFull'],
    [21, 'misconfigured TokenInvalid', 'misconfigured TokenInvalid', 'misconfigured TokenInvalid'],
    [22, 'misconfigured TokenDisabled', 'misconfigured TokenDisabled', 'misconfigured TokenDisabled'],
    [23, 'transient ShuttingDown', 'transient ShuttingDown', 'transient ShuttingDown'],
    [24, 'warning CapacityWarning', 'warning CapacityWarning', 'warning CapacityWarning'],
    [25, 'warning CapacityWarning', 'warning CapacityWarning', 'warning CapacityWarning'],
    [26, 'transient Throttled', 'transient Throttled', 'transient Throttled'],
    [27, 'transient Throttled', 'transient Throttled', 'transient Throttled'],
  ]
  it.each(cases)('code %i: %s; %s; %s', async (code, ...want) => {
    await simulator.fail({ mode: 'status', code, paths: ['health'] })
    const health = await ladder(simulator.url('raw'), [1])
    await simulator.recover()
    await simulator.fail({ mode: 'status', code, paths: ['raw'] })
    const rest = [...(await ladder(simulator.url('raw'), [2])), ...(await ladder(simulator.url('raw'), [3]))]
    expect([...health, ...rest]).toEqual(want.map((text, index) => `${index + 1} ${text}`))
  })
})

describe('what is no answer of a HEC', () => {
  const text =
    (answer: string, end = true): ((socket: Socket) => void) =>
    (socket) =>
      void socket.once('data', () => (end ? socket.end(answer) : socket.write(answer)))
  const http = (status: string, headers: readonly string[], body = ''): string =>
    [
      `HTTP/1.1 ${status}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...headers,
      '',
      body,
    ].join('\r\n')
  const page = '<!doctype html><title>Sign in</title>'
  const html = ['Content-Type: text/html']

  const cases: readonly {
    name: string
    server: (socket: Socket) => void
    health: string
    event: string
    more?: Partial<TargetSpec>
  }[] = [
    {
      name: 'a login page',
      server: text(http('200 OK', html, page)),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 misconfigured NotAnEventCollector',
    },
    {
      name: 'a login page behind 401',
      server: text(http('401 Unauthorized', html, page)),
      health: '1 misconfigured AuthenticationRefused',
      event: '3 misconfigured AuthenticationRefused',
    },
    {
      name: 'a proxy that wants credentials of its own',
      server: text(http('407 Proxy Authentication Required', html, page)),
      health: '1 misconfigured AuthenticationRefused',
      event: '3 misconfigured AuthenticationRefused',
    },
    {
      name: 'a redirect to a login',
      server: text(http('302 Found', ['Location: https://login.example/'])),
      health: '1 misconfigured Redirected',
      event: '3 misconfigured Redirected',
    },
    {
      name: 'a redirect that keeps the method',
      server: text(http('308 Permanent Redirect', ['Location: /services/collector/raw/'])),
      health: '1 misconfigured Redirected',
      event: '3 misconfigured Redirected',
    },
    {
      name: 'a captive portal',
      server: text(http('511 Network Authentication Required', html, page)),
      health: '1 misconfigured AuthenticationRefused',
      event: '3 misconfigured AuthenticationRefused',
    },
    {
      name: 'JSON of something else',
      server: text(http('200 OK', ['Content-Type: application/json'], '{"status":"ok"}')),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 ok Accepted',
    },
    {
      name: 'JSON nested deeper than it should be',
      server: text(http('200 OK', ['Content-Type: application/json'], '{"code":'.repeat(5_000))),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 ok Accepted',
    },
    {
      name: 'half a UTF-8 character',
      server: text(http('503 Service Unavailable', [], '\u{e4}')),
      health: '1 transient ServerBusy',
      event: '3 transient ServerBusy',
    },
    {
      name: 'gzip that nobody asked for, and that would be 32 MiB',
      server: (socket) => {
        const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024))
        socket.once('data', () => {
          socket.write(
            `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: ${bomb.length}\r\n\r\n`,
          )
          socket.end(bomb)
        })
      },
      health: '1 misconfigured NotAnEventCollector',
      event: '3 ok Accepted',
    },
    {
      name: 'a small body in gzip, which is not unpacked',
      server: (socket) => {
        const body = gzipSync('{"text":"Success","code":4}')
        socket.once('data', () => {
          socket.write(
            `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
          )
          socket.end(body)
        })
      },
      health: '1 misconfigured NotAnEventCollector',
      event: '3 ok Accepted',
    },
    {
      name: 'interim answers before the answer',
      server: text(
        `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${http('200 OK', [], '{"text":"Success","code":0}')}`,
      ),
      health: '1 ok Healthy',
      event: '3 ok Accepted',
    },
    {
      name: 'an interim answer and nothing after it',
      server: text('HTTP/1.1 102 Processing\r\n\r\n', false),
      health: '1 transient ResponseTimeout',
      event: '3 transient ResponseTimeout',
      more: { timeoutMilliseconds: 300 },
    },
    {
      name: '100 Continue without having been asked',
      server: text(`HTTP/1.1 100 Continue\r\n\r\n${http('200 OK', [], '{"code":0}')}`),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 misconfigured NotAnEventCollector',
    },
    {
      name: 'a change to another protocol',
      server: text('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 misconfigured NotAnEventCollector',
    },
    {
      name: 'a header of 100 KB',
      server: text(http('200 OK', [`X-Long: ${'x'.repeat(100_000)}`], '{"code":0}')),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 misconfigured NotAnEventCollector',
    },
    {
      name: 'ten thousand headers',
      server: text(
        http(
          '200 OK',
          Array.from({ length: 10_000 }, (_, index) => `X-${index}: y`),
          '{"code":0}',
        ),
      ),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 misconfigured NotAnEventCollector',
    },
    {
      name: 'headers a byte at a time',
      server: (socket) => {
        const timer = setInterval(() => socket.write('H'), 20)
        socket.on('close', () => clearInterval(timer))
      },
      health: '1 misconfigured NotAnEventCollector',
      event: '3 misconfigured NotAnEventCollector',
    },
    {
      name: 'a body that stops half-way',
      server: text('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"text":', false),
      health: '1 transient ResponseTimeout',
      event: '3 transient ResponseTimeout',
      more: { timeoutMilliseconds: 300 },
    },
    {
      name: 'a body that is cut off',
      server: text('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"text":'),
      health: '1 transient ConnectionReset',
      event: '3 transient ConnectionReset',
    },
    {
      name: 'a chunk that is none',
      server: text('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 misconfigured NotAnEventCollector',
    },
    {
      name: 'an end without an answer',
      server: (socket) => void socket.once('data', () => socket.end()),
      health: '1 transient ConnectionReset',
      event: '3 transient ConnectionReset',
    },
    {
      name: 'a reset',
      server: (socket) => void socket.once('data', () => socket.resetAndDestroy()),
      health: '1 transient ConnectionReset',
      event: '3 transient ConnectionReset',
    },
    {
      name: 'the TLS alert of a port that speaks TLS',
      server: (socket) => void socket.once('data', () => socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 70]))),
      health: '1 misconfigured NotAnEventCollector',
      event: '3 misconfigured NotAnEventCollector',
    },
  ]
  it.each(cases)('$name: $health; $event', async ({ server, health, event, more = {} }) => {
    const url = await servers.tcp(server)
    expect([...(await ladder(url, [1], more)), ...(await ladder(url, [3], more))]).toEqual([health, event])
  })
})

describe('what goes wrong with TLS', () => {
  const authority = createCertificateAuthority({ commonName: 'Test CA' })
  const names = { commonName: 'siem', ipAddresses: ['127.0.0.1'] }
  const trusted = { verification: 'Full', caCertificate: authority.certPem } as const
  const day = 86_400_000
  const past = new Date(Date.now() - day)
  const future = new Date(Date.now() + day)
  const good = authority.issue(names)
  const expiredCa = createCertificateAuthority({ commonName: 'Old CA', notBefore: new Date(0), notAfter: past })

  const cases = [
    { name: 'an expired CA', issued: expiredCa.issue(names), ca: expiredCa.certPem, want: 'TLSExpired' },
    { name: 'an expired certificate', issued: authority.issue({ ...names, notAfter: past }), want: 'TLSExpired' },
    { name: 'one of the future', issued: authority.issue({ ...names, notBefore: future }), want: 'TLSNotYetValid' },
    { name: 'one of its own making', issued: createSelfSignedCertificate(names), want: 'TLSUntrusted' },
    {
      name: 'another name',
      issued: authority.issue({ commonName: '127.0.0.1', dnsNames: ['siem'] }),
      want: 'TLSNameMismatch',
    },
    {
      name: 'TLS 1.1',
      issued: good,
      server: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      want: 'TLSVersionRefused',
    },
    {
      name: 'a client certificate, by TLS 1.2',
      issued: good,
      server: { maxVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: true, ca: authority.certPem },
      want: 'TLSVersionRefused',
    },
  ] as const
  it.each(cases)('$name: $want', async (given) => {
    const { issued, want } = given
    const options = { cert: issued.certPem, key: issued.keyPem, ...('server' in given ? given.server : {}) }
    const url = await servers.tls(options, (socket) => socket.end())
    const tls = 'ca' in given ? { ...trusted, caCertificate: given.ca } : trusted
    expect(await ladder(url, all, { tls })).toEqual([`0 misconfigured ${want}`])
  })

  it('a client certificate, which TLS 1.3 wants only after the handshake', async () => {
    const wants = { requestCert: true, rejectUnauthorized: true, ca: authority.certPem }
    const url = await servers.tls({ cert: good.certPem, key: good.keyPem, ...wants }, (socket) => socket.end())
    expect(await ladder(url, all, { tls: trusted })).toEqual([
      '0 ok Healthy',
      '1 misconfigured TLSClientCertificateWanted',
    ])
  })

  it('a server that never shakes hands', async () => {
    const url = await servers.tcp(() => undefined)
    const endpoint = new URL(url.href.replace('http:', 'https:'))
    expect(await ladder(endpoint, all, { tls: trusted, timeoutMilliseconds: 300 })).toEqual([
      '0 transient ConnectTimeout',
    ])
  })
})

describe('what goes wrong before', () => {
  it.each([
    { name: 'a name that nobody knows', server: 'http://no-such-host.invalid', want: '0 transient DNSFailed' },
    { name: 'a port that nobody listens at', server: 'http://127.0.0.1:1', want: '0 transient ConnectionRefused' },
    { name: 'the metadata service', server: 'http://169.254.169.254', want: '0 misconfigured EndpointNotAllowed' },
  ])('$name: $want', async ({ server, want }) => {
    expect(await ladder(new URL(server))).toEqual([want])
  })
})
