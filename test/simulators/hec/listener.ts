import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface ListenerOptions {
  /** Absent: plain http. */
  readonly tls?: { readonly certPem: string; readonly keyPem: string } | undefined
  /** 0: any free port, kept from then on. */
  readonly port: number
  /** An address of this machine. */
  readonly host: string
  readonly handler: RequestListener
}

/** A server that can go away, so that connections are refused, and come back on its port. */
export interface Listener {
  readonly port: number
  isUp(): boolean
  /** Closes the port and every connection. */
  down(): Promise<void>
  up(): Promise<void>
}

export async function openListener(options: ListenerOptions): Promise<Listener> {
  const start = async (port: number): Promise<Server> => {
    const { tls, handler } = options
    const started =
      tls === undefined ? createHttpServer(handler) : createHttpsServer({ cert: tls.certPem, key: tls.keyPem }, handler)
    started.listen(port, options.host)
    await once(started, 'listening')
    return started
  }

  let server: Server | undefined = await start(options.port)
  const { port } = server.address() as AddressInfo
  return {
    port,
    isUp: () => server !== undefined,
    async down() {
      const closing = server
      server = undefined
      if (closing === undefined) return
      const closed = once(closing, 'close')
      closing.close()
      closing.closeAllConnections()
      await closed
    },
    async up() {
      server ??= await start(port)
    },
  }
}
