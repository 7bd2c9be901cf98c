import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createCertificateAuthority } from '../../test/support/certificates.ts'
import { systemClock } from '../kube/clock.ts'
import { createAddressGuard } from './address-guard.ts'
import { createHttpClientFactory } from './http-client-factory.ts'
import type { HttpClientFactory, TlsTrust } from './http-client.ts'

const day = 86_400_000
const authority = createCertificateAuthority({ commonName: 'Test CA' })
const stranger = createCertificateAuthority({ commonName: 'Another CA' })
const names = { commonName: 'server', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }
const good = authority.issue(names)
const trusted: TlsTrust = { verification: 'Full', caCertificate: authority.certPem }

let stack: AsyncDisposableStack
let factory: HttpClientFactory

beforeEach(() => {
  stack = new AsyncDisposableStack()
  const guard = createAddressGuard({ allow: ['127.0.0.0/8', '::1'], deny: [], refuse: [] })
  factory = stack.use(createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false }))
})
afterEach(() => stack.disposeAsync())

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function serve(issued: { certPem: string; keyPem: string }, more: ServerOptions = {}): Promise<number> {
  const options = { cert: issued.certPem, key: issued.keyPem, ...more }
  return listen(createServer(options, (_request, response) => response.end('ok')))
}

interface Seen {
  readonly connect: string
  readonly request: string
}

/** What both ways to the server come to: `ok`, or the code of the error. */
async function seen(port: number, trust: TlsTrust, host = '127.0.0.1'): Promise<Seen> {
  const client = factory.forTrust(trust)
  const url = new URL(`https://${host}:${port}/`)
  const bounds = { timeoutMilliseconds: 5_000, maximumBodyBytes: 100, signal: AbortSignal.timeout(10_000) }
  const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error)
  return {
    connect: await client.connect(url, bounds).then(() => 'ok', codeOf),
    request: await client.request({ method: 'GET', url, ...bounds }).then(() => 'ok', codeOf),
  }
}

function both(result: string): Seen {
  return { connect: result, request: result }
}

describe('what a certificate comes to', () => {
  const issue = (more: Partial<Parameters<typeof authority.issue>[0]>): { certPem: string; keyPem: string } =>
    authority.issue({ ...names, ...more })
  const past = new Date(Date.now() - day)
  const future = new Date(Date.now() + day)
  const cases = [
    { name: 'a good one', issued: good, trust: trusted, want: 'ok' },
    { name: 'one of another CA', issued: stranger.issue(names), trust: trusted, want: 'TLSUntrusted' },
    { name: 'one that the system does not know', issued: good, trust: { verification: 'Full' }, want: 'TLSUntrusted' },
    { name: 'any, unverified', issued: stranger.issue(names), trust: { verification: 'None' }, want: 'ok' },
    {
      name: 'one for another name',
      issued: issue({ dnsNames: ['x.example'], ipAddresses: [] }),
      trust: trusted,
      want: 'TLSNameMismatch',
    },
    {
      name: 'one for the name that is to be verified',
      issued: issue({ dnsNames: ['x.example'], ipAddresses: [] }),
      trust: { ...trusted, serverName: 'x.example' },
      want: 'ok',
    },
    { name: 'an expired one', issued: issue({ notAfter: past }), trust: trusted, want: 'TLSExpired' },
    { name: 'one not valid yet', issued: issue({ notBefore: future }), trust: trusted, want: 'TLSNotYetValid' },
  ] as const
  it.each(cases)('$name: $want', async ({ issued, trust, want }) => {
    expect(await seen(await serve(issued), trust)).toEqual(both(want))
  })

  it('one for a name is good for that name', async () => {
    expect(await seen(await serve(good), trusted, 'localhost')).toEqual(both('ok'))
  })
})

describe('what a server wants of TLS', () => {
  it('a version that is too old', async () => {
    const port = await serve(good, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    expect(await seen(port, trusted)).toEqual(both('TLSVersionRefused'))
  })

  it('a client certificate, which TLS 1.3 tells only after the handshake', async () => {
    const port = await serve(good, { requestCert: true, rejectUnauthorized: true, ca: authority.certPem })
    expect(await seen(port, trusted)).toEqual({ connect: 'ok', request: 'TLSClientCertificateWanted' })
  })

  it('nothing, since it speaks plain HTTP', async () => {
    const port = await listen(createHttpServer((_request, response) => response.end('ok')))
    expect(await seen(port, trusted)).toEqual(both('ProtocolError'))
  })
})

describe('a handshake', () => {
  const options = { timeoutMilliseconds: 5_000, signal: AbortSignal.timeout(60_000) }

  it("tells when the server's certificate ends, each time anew", async () => {
    const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 + 20 * day)
    const port = await serve(authority.issue({ ...names, notAfter }))
    const url = new URL(`https://127.0.0.1:${port}/`)
    const client = factory.forTrust(trusted)
    for (let round = 0; round < 3; round++) {
      expect((await client.connect(url, options)).certificateNotAfter).toBe(notAfter.getTime())
    }
  })

  it('is a connection of its own and sends no request', async () => {
    let connections = 0
    let requests = 0
    const server = createServer({ cert: good.certPem, key: good.keyPem }, (_request, response) => {
      requests++
      response.end()
    }).on('secureConnection', () => connections++)
    const url = new URL(`https://127.0.0.1:${await listen(server)}/`)
    const client = factory.forTrust(trusted)
    await client.connect(url, options)
    await client.connect(url, options)
    await expect.poll(() => connections).toBe(2)
    expect(requests).toBe(0)
  })

  it('does not wait for a server that never shakes hands', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    stack.defer(() => void server.close())
    await once(server, 'listening')
    const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await expect(
      factory.forTrust(trusted).connect(url, { ...options, timeoutMilliseconds: 100 }),
    ).rejects.toMatchObject({
      code: 'ConnectTimeout',
    })
  })

  it('over plain http is a connection', async () => {
    const port = await listen(createHttpServer())
    const result = await factory.forTrust(trusted).connect(new URL(`http://127.0.0.1:${port}/`), options)
    expect(result.certificateNotAfter).toBeUndefined()
  })
})

it('trusts that differ do not share connections', async () => {
  const port = await serve(stranger.issue(names))
  expect(await seen(port, { verification: 'None' })).toEqual(both('ok'))
  expect(await seen(port, trusted)).toEqual(both('TLSUntrusted'))
})
