import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'

import { KubeConfig, type User } from '@kubernetes/client-node'

import { createCertificateAuthority } from './certificates.ts'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A real HTTP or HTTPS server on loopback that answers as the script says and remembers what it was asked. */
export interface ScriptedApiServer extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  /** Answers that are still open, streams for instance. */
  open(): number
  /** Connections that are open. */
  connections(): number
  kubeConfig(user?: Omit<User, 'name'>): KubeConfig
}

/**
 * @param script answers one request; a throw becomes a broken connection.
 * @param options.http2 over TLS, HTTP/2 for those who ask for it; by default over plain HTTP/1.1.
 */
export async function startScriptedApiServer(
  script: (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>,
  options: { readonly http2?: boolean } = {},
): Promise<ScriptedApiServer> {
  const requests: ReceivedRequest[] = []
  const open = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  const authority = createCertificateAuthority({ commonName: 'scripted CA' })
  const leaf = authority.issue({ commonName: 'scripted', ipAddresses: ['127.0.0.1'] })
  const server =
    options.http2 === true
      ? createSecureServer({ cert: leaf.certPem, key: leaf.keyPem, allowHTTP1: true })
      : createServer()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // Of HTTP/2 they are of the compatible kind, which has what the scripts use.
  server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    open.add(response)
    response.on('close', () => open.delete(response))
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://server')
      const request = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      }
      requests.push(request)
      void (async () => script(request, response))().catch(() => incoming.socket.destroy())
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const scheme = options.http2 === true ? 'https' : 'http'
  const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
  const caData = Buffer.from(authority.certPem).toString('base64')
  return {
    url,
    requests,
    open: () => open.size,
    connections: () => sockets.size,
    kubeConfig(user = {}) {
      const config = new KubeConfig()
      config.loadFromClusterAndUser(
        { name: 'scripted', server: url, caData, skipTLSVerify: false },
        { name: 'user', ...user },
      )
      return config
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => void server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export function answerJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** A metav1.Status as the API server sends it. */
export function status(code: number, reason: string, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message }
}
