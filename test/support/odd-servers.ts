import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** Servers on loopback that answer whatever a test wants, until they are disposed of. */
export interface OddServers extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; every request goes to `handler`. */
  http(handler: RequestListener): Promise<URL>
  /** The same without HTTP: every connection goes to `handler`, bytes and all. */
  tcp(handler: (socket: Socket) => void): Promise<URL>
  /** `https://`, the same after a TLS handshake. */
  tls(options: TlsOptions, handler: (socket: Socket) => void): Promise<URL>
}

export function createOddServers(): OddServers {
  const stack = new AsyncDisposableStack()

  async function listen(server: Server, scheme: 'http' | 'https'): Promise<URL> {
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket.on('error', () => undefined))
      socket.once('close', () => sockets.delete(socket))
    })
    server.listen(0, '127.0.0.1')
    stack.defer(async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    })
    await once(server, 'listening')
    return new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

  return {
    http: (handler) => listen(createServer(handler), 'http'),
    tcp: (handler) => listen(createTcpServer(handler), 'http'),
    tls(options, handler) {
      const server = createTlsServer(options, (socket) => handler(socket.on('error', () => undefined)))
      return listen(
        server.on('tlsClientError', () => undefined),
        'https',
      )
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
