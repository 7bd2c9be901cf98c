import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { KubeConfig, type User } from '@kubernetes/client-node'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A real HTTP server on loopback that answers as the script says and remembers what it was asked. */
export interface ScriptedApiServer extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  /** Answers that are still open, streams for instance. */
  open(): number
  kubeConfig(user?: Omit<User, 'name'>): KubeConfig
}

/** @param script answers one request; a throw becomes a broken connection. */
export async function startScriptedApiServer(
  script: (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>,
): Promise<ScriptedApiServer> {
  const requests: ReceivedRequest[] = []
  const open = new Set<ServerResponse>()
  const server = createServer((incoming, response) => {
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
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    requests,
    open: () => open.size,
    kubeConfig(user = {}) {
      const config = new KubeConfig()
      config.loadFromClusterAndUser({ name: 'scripted', server: url, skipTLSVerify: false }, { name: 'user', ...user })
      return config
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => void server.close(resolve))
      server.closeAllConnections()
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
