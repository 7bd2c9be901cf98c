import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type HecSimulator, startHecSimulator } from '../../test/simulators/hec/hec-simulator.ts'
import type { Outage } from '../../test/simulators/hec/outages.ts'
import { createCertificateAuthority } from '../../test/support/certificates.ts'
import { systemClock } from '../kube/clock.ts'
import { createAddressGuard } from '../net/address-guard.ts'
import { createHttpClientFactory } from '../net/http-client-factory.ts'
import type { TlsTrust } from '../net/http-client.ts'
import { Secret } from '../observability/secret.ts'
import { createTargetTester, type TargetSpec, type TargetTester } from './ladder.ts'
import type { LadderLevel, Verdict } from './verdict.ts'

const token = '0f1e2d3c-0000-4000-8000-00000000000a'
const all: readonly LadderLevel[] = [0, 1, 2, 3]

let stack: AsyncDisposableStack
let tester: TargetTester

beforeEach(() => {
  stack = new AsyncDisposableStack()
  tester = testerWith(['127.0.0.0/8', '::1'])
})
afterEach(() => stack.disposeAsync())

function testerWith(allow: readonly string[]): TargetTester {
  const guard = createAddressGuard({ allow, deny: [], refuse: [] })
  const httpClients = stack.use(createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false }))
  let ids = 0
  return createTargetTester({ httpClients, clock: systemClock, newId: () => `probe-${++ids}`, version: '9.9.9' })
}

async function simulate(more: Partial<Parameters<typeof startHecSimulator>[0]> = {}): Promise<HecSimulator> {
  const tokens = [
    { token },
    { token: 'disabled', disabled: true },
    { token: 'acking', useAck: true },
    { token: 'narrow', allowedIndexes: ['audit'] },
  ]
  return stack.use(await startHecSimulator({ tokens, ...more }))
}

async function serve(handler: RequestListener): Promise<URL> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/services/collector/raw`)
}

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
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/services/collector/raw`)
}

function spec(endpoint: URL, more: Partial<TargetSpec> = {}): TargetSpec {
  return {
    endpoint,
    targetType: 'SplunkHEC',
    authorization: new Secret(`Splunk ${token}`),
    tls: { verification: 'Full' },
    timeoutMilliseconds: 3_000,
    resource: 'logs/siem',
    ...more,
  }
}

function run(target: TargetSpec, levels: readonly LadderLevel[] = all): Promise<readonly Verdict[]> {
  return tester.test(target, levels, { signal: AbortSignal.timeout(20_000) })
}

function brief(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.map((verdict) => `${verdict.level} ${verdict.class} ${verdict.reason}`)
}

describe('a good target', () => {
  it('passes every level, and has stored exactly the marked event', async () => {
    const simulator = await simulate()
    const verdicts = await run(spec(simulator.url('raw')))
    expect(brief(verdicts)).toEqual(['0 ok Healthy', '1 ok Healthy', '2 ok Healthy', '3 ok Accepted'])
    expect(verdicts.at(-1)?.testId).toBe('probe-1')
    expect(simulator.accepted()).toMatchObject([
      {
        path: '/services/collector/raw',
        authorization: `Splunk ${token}`,
        contentType: 'application/json',
        userAgent: 's3-audit-operator/9.9.9',
        event: { trigger: 'probe', requestID: 'probe-1', tags: { 's3audit.probe': 'logs/siem' } },
      },
    ])
  })

  it('below the last level nothing is stored', async () => {
    const simulator = await simulate()
    await run(spec(simulator.url('raw')), [0, 1, 2])
    expect(simulator.acceptedTotal()).toBe(0)
    expect(simulator.requests().byKind).toEqual({ health: 1, empty: 1 })
  })

  it('runs the levels upwards, each once, in whatever order they are given', async () => {
    const simulator = await simulate()
    expect(brief(await run(spec(simulator.url('raw')), [3, 1, 3]))).toEqual(['1 ok Healthy', '3 ok Accepted'])
  })

  it('keeps the query of the endpoint, and a path prefix', async () => {
    const simulator = await simulate({ pathPrefix: '/siem' })
    const endpoint = new URL('?index=audit&sourcetype=s3', simulator.url('raw'))
    expect(brief(await run(spec(endpoint)))).toHaveLength(4)
    expect(simulator.accepted()).toMatchObject([{ index: 'audit', sourcetype: 's3' }])
  })
})

describe('what Splunk refuses', () => {
  const cases: readonly { name: string; more?: Partial<TargetSpec>; path?: string; want: string }[] = [
    {
      name: 'an unknown token',
      more: { authorization: new Secret('Splunk nope') },
      want: '2 misconfigured TokenInvalid',
    },
    {
      name: 'a disabled token',
      more: { authorization: new Secret('Splunk disabled') },
      want: '2 misconfigured TokenDisabled',
    },
    {
      name: 'a token without scheme',
      more: { authorization: new Secret(token) },
      want: '2 misconfigured TokenSchemeInvalid',
    },
    {
      name: 'a token that wants acks',
      more: { authorization: new Secret('Splunk acking') },
      want: '2 misconfigured ChannelRequired',
    },
    {
      name: 'a channel that is none',
      path: '/services/collector/raw?channel=7',
      want: '2 misconfigured ChannelInvalid',
    },
    {
      name: 'a token in the query',
      path: `/services/collector/raw?token=${token}`,
      want: '2 misconfigured QueryTokenRefused',
    },
    { name: 'a wrong path', path: '/services/collector/rwa', want: '2 misconfigured WrongPath' },
    {
      name: 'a forbidden index',
      more: { authorization: new Secret('Splunk narrow') },
      path: '/services/collector/raw?index=main',
      want: '3 misconfigured IndexNotAllowed',
    },
    {
      name: 'an event without wrapper',
      path: '/services/collector/event',
      want: '3 misconfigured EventWrapperMissing',
    },
    { name: 'the same on the short path', path: '/services/collector', want: '3 misconfigured EventWrapperMissing' },
  ]
  it.each(cases)('$name: $want', async ({ more = {}, path = '/services/collector/raw', want }) => {
    const simulator = await simulate()
    const verdicts = await run(spec(new URL(path, simulator.baseUrl), more))
    expect(brief(verdicts).at(-1)).toBe(want)
    expect(simulator.acceptedTotal()).toBe(0)
    expect(verdicts.at(-1)?.message).toContain(`127.0.0.1:${simulator.port}`)
    expect(JSON.stringify(verdicts)).not.toContain(token)
  })

  it('no token at all', async () => {
    const simulator = await simulate()
    const { authorization: _, ...without } = spec(simulator.url('raw'))
    expect(brief(await run(without)).at(-1)).toBe('2 misconfigured TokenMissing')
  })
})

describe('a target in trouble', () => {
  const cases: readonly { name: string; outage: Outage; more?: Partial<TargetSpec>; want: string }[] = [
    { name: 'full queues', outage: { mode: 'status', code: 18, paths: ['health'] }, want: '1 transient QueuesFull' },
    { name: 'shutting down', outage: { mode: 'status', code: 23 }, want: '1 transient ShuttingDown' },
    { name: 'busy with data', outage: { mode: 'status', code: 9, paths: ['raw'] }, want: '2 transient ServerBusy' },
    { name: 'resets', outage: { mode: 'reset', paths: ['raw'] }, want: '2 transient ConnectionReset' },
    {
      name: 'takes requests and says nothing',
      outage: { mode: 'stall', paths: ['health'] },
      more: { timeoutMilliseconds: 100 },
      want: '1 transient ResponseTimeout',
    },
    {
      name: 'a proxy without backend',
      outage: { mode: 'status', httpStatus: 502, html: true },
      want: '1 transient ServerError',
    },
    { name: 'a login page', outage: { mode: 'status', html: true }, want: '1 misconfigured NotAnEventCollector' },
    { name: 'a redirect', outage: { mode: 'status', redirect: '/login' }, want: '1 misconfigured Redirected' },
    {
      name: 'a proxy that wants a login',
      outage: { mode: 'status', httpStatus: 401 },
      want: '1 misconfigured AuthenticationRefused',
    },
    { name: 'nearly full', outage: { mode: 'status', code: 24, paths: ['raw'] }, want: '3 warning CapacityWarning' },
  ]
  it.each(cases)('$name: $want', async ({ outage, more = {}, want }) => {
    const simulator = await simulate()
    await simulator.fail(outage)
    expect(brief(await run(spec(simulator.url('raw'), more))).at(-1)).toBe(want)
  })

  it('down, then up again', async () => {
    const simulator = await simulate()
    await simulator.down()
    expect(brief(await run(spec(simulator.url('raw'))))).toEqual(['0 transient ConnectionRefused'])
    await simulator.up()
    expect(brief(await run(spec(simulator.url('raw'))))).toHaveLength(4)
  })

  it('passes on how long the target wants to be left alone', async () => {
    const simulator = await simulate()
    await simulator.fail({ mode: 'status', code: 26, retryAfterSeconds: 11, paths: ['raw'] })
    const verdicts = await run(spec(simulator.url('raw')))
    expect(verdicts.at(-1)).toMatchObject({ reason: 'Throttled', retryAfterMilliseconds: 11_000 })
  })

  it('tells the id of an event whose fate is unknown', async () => {
    const simulator = await simulate()
    await simulator.fail({ mode: 'reset', paths: ['raw'] })
    expect(await run(spec(simulator.url('raw')), [3])).toMatchObject([{ reason: 'ConnectionReset', testId: 'probe-1' }])
  })
})

describe('over TLS', () => {
  const authority = createCertificateAuthority({ commonName: 'Test CA' })
  const names = { commonName: 'siem', ipAddresses: ['127.0.0.1'] }
  const trusted: TlsTrust = { verification: 'Full', caCertificate: authority.certPem }
  const inDays = (days: number): Date => new Date(Math.floor(Date.now() / 1_000) * 1_000 + days * 86_400_000)

  it('a good certificate is passed, and its end told', async () => {
    const notAfter = inDays(30)
    const simulator = await simulate({ tls: authority.issue({ ...names, notAfter }) })
    const verdicts = await run(spec(simulator.url('raw'), { tls: trusted }))
    expect(brief(verdicts)).toEqual(['0 ok Healthy', '1 ok Healthy', '2 ok Healthy', '3 ok Accepted'])
    expect(verdicts[0]?.certificateNotAfter).toBe(notAfter.getTime())
  })

  it('one that ends soon is a warning with a date, and no reason to stop', async () => {
    const notAfter = inDays(20)
    const simulator = await simulate({ tls: authority.issue({ ...names, notAfter }) })
    const verdicts = await run(spec(simulator.url('raw'), { tls: trusted }))
    expect(brief(verdicts)).toEqual(['0 warning CertificateExpiring', '1 ok Healthy', '2 ok Healthy', '3 ok Accepted'])
    expect(verdicts[0]?.message).toContain(notAfter.toISOString().slice(0, 10))
  })

  it.each([
    { name: 'of another CA', more: {}, tls: { verification: 'Full' } as const, want: 'TLSUntrusted' },
    { name: 'for another name', more: { ipAddresses: ['10.0.0.1'] }, tls: trusted, want: 'TLSNameMismatch' },
    { name: 'that has expired', more: { notAfter: inDays(-1) }, tls: trusted, want: 'TLSExpired' },
    { name: 'that is not valid yet', more: { notBefore: inDays(1) }, tls: trusted, want: 'TLSNotYetValid' },
  ])('one $name needs a human: $want', async ({ more, tls, want }) => {
    const simulator = await simulate({ tls: authority.issue({ ...names, ...more }) })
    expect(brief(await run(spec(simulator.url('raw'), { tls })))).toEqual([`0 misconfigured ${want}`])
    expect(simulator.requests().total).toBe(0)
  })

  it('outages look the same as over plain http', async () => {
    const simulator = await simulate({ tls: 'own' })
    const target = spec(simulator.url('raw'), { tls: { verification: 'Full', caCertificate: simulator.caPem } })
    await simulator.fail({ mode: 'reset', paths: ['health'] })
    expect(brief(await run(target))).toEqual(['0 ok Healthy', '1 transient ConnectionReset'])
    await simulator.down()
    expect(brief(await run(target))).toEqual(['0 transient ConnectionRefused'])
    await simulator.recover()
    expect(brief(await run(target)).at(-1)).toBe('3 ok Accepted')
  })

  it('https to a port of plain http', async () => {
    const simulator = await simulate()
    const endpoint = new URL(simulator.url('raw').href.replace('http:', 'https:'))
    expect(brief(await run(spec(endpoint)))).toEqual(['0 misconfigured NotAnEventCollector'])
  })
})

describe('health that cannot be asked', () => {
  it('is asked without the version where the version is unknown', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/services/collector/health') response.end('{"text":"Success","code":200}')
      else response.writeHead(400).end()
    })
    expect(brief(await run(spec(url), [1]))).toEqual(['1 ok Healthy'])
  })

  it('is replaced by the test of the token where only the data path is let through', async () => {
    const simulator = await simulate()
    await simulator.fail({ mode: 'status', httpStatus: 404, paths: ['health'] })
    expect(brief(await run(spec(simulator.url('raw')), [0, 1]))).toEqual(['0 ok Healthy', '1 ok Healthy'])
    simulator.revokeToken(token)
    expect(brief(await run(spec(simulator.url('raw')), [0, 1]))).toEqual([
      '0 ok Healthy',
      '1 misconfigured TokenInvalid',
    ])
  })
})

describe('odd servers', () => {
  it('one that sends without end', async () => {
    const url = await serve((_request, response) => {
      const write = (): void =>
        void (response.destroyed || response.write('x'.repeat(65_536), () => setImmediate(write)))
      write()
    })
    expect(brief(await run(spec(url), [1]))).toEqual(['1 misconfigured NotAnEventCollector'])
  })

  it('one that sends a byte at a time', async () => {
    const url = await serve((_request, response) => {
      const timer = setInterval(() => response.write('{'), 10)
      response.on('close', () => clearInterval(timer))
    })
    expect(brief(await run(spec(url, { timeoutMilliseconds: 150 }), [1]))).toEqual(['1 transient ResponseTimeout'])
  })

  it('one that speaks another protocol', async () => {
    const url = await serveTcp((socket) => socket.write('220 mail.example ESMTP\r\n'))
    expect(brief(await run(spec(url)))).toEqual(['0 ok Healthy', '1 misconfigured NotAnEventCollector'])
  })

  it('one that says OK to everything', async () => {
    const url = await serve((_request, response) => response.end('Hello'))
    expect(brief(await run(spec(url))).at(-1)).toBe('1 misconfigured NotAnEventCollector')
  })

  it('one that answers a HEC code as no HEC would', async () => {
    const url = await serve((_request, response) => response.end('{"text":{},"code":99999999999999999999}'))
    expect(brief(await run(spec(url))).at(-1)).toBe('1 misconfigured NotAnEventCollector')
  })

  it('one at an address that is not allowed is not even connected to', async () => {
    const simulator = await simulate()
    tester = testerWith([])
    expect(brief(await run(spec(simulator.url('raw'))))).toEqual(['0 misconfigured EndpointNotAllowed'])
    expect(simulator.requests().total).toBe(0)
  })

  it('one whose name nobody knows', async () => {
    const endpoint = new URL('http://no-such-host.invalid/services/collector/raw')
    expect(brief(await run(spec(endpoint)))).toEqual(['0 transient DNSFailed'])
  })
})

describe('a plain HTTP target', () => {
  it('has no level 2, and no level 1 without a health path', async () => {
    const url = await serve((request, response) => response.writeHead(request.method === 'POST' ? 202 : 500).end())
    expect(brief(await run(spec(url, { targetType: 'HTTP' })))).toEqual(['0 ok Healthy', '3 ok Accepted'])
  })

  it('is asked for its health on its own host', async () => {
    const asked: (string | undefined)[] = []
    const url = await serve((request, response) => {
      asked.push(request.url)
      response.writeHead(request.url === '/up?full=1' ? 204 : 500).end()
    })
    const target = spec(url, { targetType: 'HTTP', healthPath: '/up?full=1' })
    expect(brief(await run(target))).toEqual(['0 ok Healthy', '1 ok Healthy', '3 transient ServerError'])
    expect(asked).toEqual(['/up?full=1', '/services/collector/raw'])
  })
})

it('ends at once when aborted, with the reason of the signal', async () => {
  const simulator = await simulate()
  await simulator.fail({ mode: 'stall' })
  const controller = new AbortController()
  const testing = tester.test(spec(simulator.url('raw')), all, { signal: controller.signal })
  await simulator.waitFor(() => simulator.requests().total === 1, { timeoutMilliseconds: 5_000 })
  controller.abort(new Error('no longer wanted'))
  await expect(testing).rejects.toThrow('no longer wanted')
})
