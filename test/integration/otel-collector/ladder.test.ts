import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Secret } from '../../../src/observability/secret.ts'
import type { TargetSpec } from '../../../src/target/ladder.ts'
import { runCommand } from '../../control-plane/run-command.ts'
import { type OtelCollector, startOtelCollector } from '../../otel-collector/otel-collector.ts'
import { createCertificateAuthority } from '../../support/certificates.ts'
import { eventually } from '../../support/eventually.ts'
import { createLadderBench } from '../../support/ladder-bench.ts'

const token = '0f1e2d3c-0000-4000-8000-00000000000a'
const authority = createCertificateAuthority({ commonName: 'CA' })
const tls = authority.issue({ commonName: 'collector', ipAddresses: ['127.0.0.1'] })
const elsewhere = authority.issue({ commonName: 'collector', dnsNames: ['elsewhere.example.com'] })
const receivers = {
  plain: {},
  guarded: { token },
  encrypted: { tls, token },
  misnamed: { tls: elsewhere },
  mutual: { tls, clientCaPem: authority.certPem },
  full: { queueBytes: 10 },
  short: { maximumBodyBytes: 10 },
}
type Receiver = keyof typeof receivers

const good: readonly string[] = ['0 ok Healthy', '1 ok Healthy', '2 ok Healthy', '3 ok Accepted']
const trusted: Partial<TargetSpec> = { tls: { verification: 'Full', caCertificate: authority.certPem } }
const wrongToken: Partial<TargetSpec> = { authorization: new Secret('Splunk wrong') }

const shared = new AsyncDisposableStack()
const { ladder } = shared.use(createLadderBench(token))
let collector: OtelCollector<Receiver>

beforeAll(async () => {
  collector = shared.use(await startOtelCollector(receivers))
})
afterAll(() => shared.disposeAsync())

/** The whole ladder, and every level by itself: one that is not reached can be asked alone by the scheduler. */
async function climb(server: URL, more: Partial<TargetSpec> = {}): Promise<{ whole: string[]; alone: string[] }> {
  const alone: string[] = []
  for (const level of [0, 1, 2, 3] as const) alone.push(...(await ladder(server, [level], more)))
  return { whole: [...(await ladder(server, [0, 1, 2, 3], more))], alone }
}

/** Waits for a test event in what the collector prints. */
function arrived(resource: string): Promise<string> {
  return eventually(`a test event of ${resource} in the collector's output`, async () =>
    (await collector.output()).split('\n').find((line) => line.startsWith('Body: ') && line.includes(resource)),
  )
}

describe('a receiver without authentication', () => {
  it('passes all levels, and gets the test event as one record', async () => {
    const resource = 'otel/plain'
    expect(await climb(collector.url('plain'), { resource })).toEqual({ whole: good, alone: good })
    expect(await arrived(resource)).toMatch(/^Body: Str\(\{"version":"1",.*"trigger":"probe",.*\}\)$/u)
  })

  it('takes any token, so that a wrong one is not seen', async () => {
    expect(await ladder(collector.url('plain'), undefined, wrongToken)).toEqual(good)
  })

  it('is a plain HTTP target too', async () => {
    expect(await ladder(collector.url('plain'), undefined, { targetType: 'HTTP' })).toEqual([good[0], good[3]])
  })
})

describe('a receiver behind bearertokenauth', () => {
  const server = (): URL => collector.url('guarded')

  it('passes all levels with the token', async () => {
    expect(await climb(server())).toEqual({ whole: good, alone: good })
  })

  it.each([
    { name: 'another token', authorization: 'Splunk wrong' },
    { name: 'the token under another scheme', authorization: `Bearer ${token}` },
    { name: 'the token without a scheme', authorization: token },
  ])('refuses $name from the health path on, without a HEC code', async ({ authorization }) => {
    const { whole, alone } = await climb(server(), { authorization: new Secret(authorization) })
    expect(whole).toEqual(['0 ok Healthy', '1 misconfigured AuthenticationRefused'])
    expect(alone.slice(1)).toEqual([1, 2, 3].map((level) => `${level} misconfigured AuthenticationRefused`))
  })

  it('refuses a test without a token', async () => {
    const { code, stdout } = await shell(new URL('/services/collector/raw', server()), {})
    expect(stdout).toContain('misconfigured AuthenticationRefused')
    expect(stdout).toContain('HTTP 401 in')
    expect(code).toBe(4)
  })
})

describe('a path', () => {
  const wrapperMissing = [...good.slice(0, 3), '3 misconfigured EventWrapperMissing']
  const rejected = [...good.slice(0, 3), '3 rejected PayloadRejected']

  // Everything but raw and health is the event endpoint, which refuses what has no wrapper.
  it.each([
    { path: '/services/collector/event', want: wrapperMissing },
    { path: '/services/collector', want: wrapperMissing },
    { path: '/services/collector/rwa', want: wrapperMissing },
    { path: '/', want: wrapperMissing },
    // Endpoints of Splunk that the receiver does not have.
    { path: '/services/collector/raw/1.0', want: rejected },
    { path: '/services/collector/raw/', want: rejected },
    { path: '/prefix/services/collector/raw', want: rejected },
  ])('$path is told to be wrong by the test event, and by nothing before it', async ({ path, want }) => {
    const server = collector.url('plain')
    expect(await ladder(server, undefined, { endpoint: new URL(path, server) })).toEqual(want)
  })

  it('of health answers 200 to events that it drops, which is no acceptance', async () => {
    const server = collector.url('plain')
    const { whole, alone } = await climb(server, { endpoint: new URL('/services/collector/health', server) })
    expect(whole).toEqual(['0 ok Healthy', '1 ok Healthy', '2 misconfigured WrongPath'])
    expect(alone.at(-1)).toBe('3 misconfigured WrongPath')
  })
})

describe('TLS', () => {
  it('passes all levels with the CA', async () => {
    expect(await climb(collector.url('encrypted'), trusted)).toEqual({ whole: good, alone: good })
  })

  it.each([
    { name: 'without the CA', receiver: 'encrypted', more: {}, want: ['0 misconfigured TLSUntrusted'] },
    { name: 'with another name', receiver: 'misnamed', more: trusted, want: ['0 misconfigured TLSNameMismatch'] },
    {
      // In TLS 1.3 the server looks at it after the handshake.
      name: 'with client certificates',
      receiver: 'mutual',
      more: trusted,
      want: ['0 ok Healthy', '1 misconfigured TLSClientCertificateWanted'],
    },
  ] as const)('$name: $want', async ({ receiver, more, want }) => {
    expect(await ladder(collector.url(receiver), undefined, more)).toEqual(want)
  })

  it.each([
    { from: 'encrypted', scheme: 'http:', want: ['0 ok Healthy', '1 misconfigured NotAnEventCollector'] },
    { from: 'plain', scheme: 'https:', want: ['0 misconfigured NotAnEventCollector'] },
  ] as const)('$scheme to the $from receiver: $want', async ({ from, scheme, want }) => {
    const endpoint = new URL('/services/collector/raw', collector.url(from))
    endpoint.protocol = scheme
    expect(await ladder(endpoint, undefined, { endpoint })).toEqual(want)
  })
})

it('a queue without room is an error of the target', async () => {
  expect(await ladder(collector.url('full'))).toEqual([...good.slice(0, 3), '3 transient ServerError'])
})

it('an event over the limit is cut off and accepted, which no answer tells', async () => {
  expect(await ladder(collector.url('short'))).toEqual(good)
  expect(await arrived('Str({"version")')).toBe('Body: Str({"version")')
})

describe('the operator in a shell', () => {
  it('prints what a collector answers, and ends with 0', async () => {
    const { code, stdout } = await shell(new URL('/services/collector/raw', collector.url('guarded')), {
      S3AUDIT_TOKEN: token,
    })
    const cameBack = stdout.split('\n').flatMap((line) => /HTTP \d+, HEC code \d+/u.exec(line) ?? [])
    expect(cameBack).toEqual(['HTTP 200, HEC code 17', 'HTTP 400, HEC code 5', 'HTTP 200, HEC code 0'])
    expect(await arrived('shell/test')).toContain('S3AuditProbe')
    expect(code).toBe(0)
  })
})

it('a collector that is stopped refuses connections, and passes when it is back', async () => {
  await using other = await startOtelCollector({ only: {} })
  expect(await ladder(other.url('only'))).toEqual(good)
  await other.stop()
  expect((await climb(other.url('only'))).alone).toEqual(
    [0, 1, 2, 3].map((level) => `${level} transient ConnectionRefused`),
  )
  await other.start()
  expect(await ladder(other.url('only'))).toEqual(good)
})

/** Runs the program as a user does, with nothing else of the operator in its environment. */
function shell(endpoint: URL, env: Readonly<Record<string, string>>): Promise<{ code: number; stdout: string }> {
  const main = join(import.meta.dirname, '../../../src/main.ts')
  const flags = ['test', '--endpoint', endpoint.href, '--allow-endpoint-cidr', '127.0.0.0/8']
  return runCommand(process.execPath, [main, ...flags], { env })
}
