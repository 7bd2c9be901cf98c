import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on one port of the loopback interface, which it keeps while it is stopped. */
export interface LoopbackListener extends AsyncDisposable {
  /** Without a path. */
  readonly url: string
  /** Cuts all connections and refuses new ones until `start`. */
  stop(): Promise<void>
  /** Listens on the same port again; harmless while it does. */
  start(): Promise<void>
}

/** Resolves when the server listens. */
export async function listenOnLoopback(server: Server): Promise<LoopbackListener> {
  let port = 0
  const start = async (): Promise<void> => {
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const stop = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await start()
  return { url: `http://127.0.0.1:${port}`, stop, start, [Symbol.asyncDispose]: stop }
}
