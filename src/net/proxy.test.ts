import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { systemClock } from '../kube/clock.ts'
import { createAddressGuard } from './address-guard.ts'
import { createHttpClientFactory } from './http-client-factory.ts'
import type { HttpClient } from './http-client.ts'

let stack: AsyncDisposableStack
let proxied: string[]
let targetPort: number

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  proxied = []
  const target = await listen(createServer((_request, response) => response.end('target')))
  targetPort = (target.address() as AddressInfo).port
  const proxy = createServer((request, response) => {
    proxied.push(request.url ?? '')
    response.end('proxy')
  })
  proxy.on('connect', (request, client) => {
    proxied.push(`CONNECT ${request.url}`)
    const upstream = connect(targetPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
  })
  const { port } = (await listen(proxy)).address() as AddressInfo
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) {
    vi.stubEnv(name, `http://127.0.0.1:${port}`)
    vi.stubEnv(name.toLowerCase(), undefined)
  }
  vi.stubEnv('no_proxy', undefined)
  vi.stubEnv('NO_PROXY', 'inside.example')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await stack.disposeAsync()
})

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await once(server, 'listening')
  return server
}

function client(proxyFromEnvironment: boolean, allow: readonly string[]): HttpClient {
  const guard = createAddressGuard({ allow, deny: [], refuse: [] })
  return stack
    .use(createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment }))
    .forTrust({ verification: 'Full' })
}

async function get(http: HttpClient, url: string): Promise<string> {
  const signal = AbortSignal.timeout(5_000)
  const bounds = { timeoutMilliseconds: 3_000, maximumBodyBytes: 1_000, signal }
  return Buffer.from((await http.request({ method: 'GET', url: new URL(url), ...bounds })).body).toString()
}

const levelZero = { timeoutMilliseconds: 3_000, signal: AbortSignal.timeout(60_000) }

describe('proxies of the environment', () => {
  it('are ignored unless asked for', async () => {
    expect(await get(client(false, ['127.0.0.0/8']), `http://127.0.0.1:${targetPort}/`)).toBe('target')
    expect(proxied).toEqual([])
  })

  it('get plain requests whole, and TLS through a tunnel', async () => {
    const http = client(true, [])
    expect(await get(http, 'http://siem.example/a')).toBe('proxy')
    // The server behind the tunnel does not speak TLS, which shows that the handshake was made with it.
    await expect(get(http, 'https://siem.example/a')).rejects.toMatchObject({ code: 'ProtocolError' })
    expect(proxied).toEqual(['http://siem.example/a', 'CONNECT siem.example:443'])
  })

  it('serve handshakes as well', async () => {
    const http = client(true, [])
    await expect(http.connect(new URL('http://siem.example/'), levelZero)).resolves.toHaveProperty(
      'durationMilliseconds',
    )
    await expect(http.connect(new URL('https://siem.example/'), levelZero)).rejects.toMatchObject({
      code: 'ProtocolError',
    })
    expect(proxied).toEqual(['CONNECT siem.example:443'])
  })

  it('do not get what must not be connected to', async () => {
    await expect(get(client(true, []), 'http://169.254.169.254/')).rejects.toMatchObject({ code: 'EndpointNotAllowed' })
    expect(proxied).toEqual([])
  })

  it('are passed by for the hosts of NO_PROXY, which the guard sees', async () => {
    vi.stubEnv('NO_PROXY', 'localhost')
    await expect(get(client(true, []), `http://localhost:${targetPort}/`)).rejects.toMatchObject({
      code: 'EndpointNotAllowed',
    })
    expect(await get(client(true, ['127.0.0.0/8']), `http://localhost:${targetPort}/`)).toBe('target')
    expect(proxied).toEqual([])
  })
})
