import { once } from 'node:events'
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request that has arrived and goes no further until it is released. */
export interface HeldRequest {
  /** Resolves when it has arrived. */
  readonly arrived: Promise<void>
  /** Lets it go on; its answer comes to whoever asked, or to their socket while they are stopped. */
  release(): void
}

/** Stands before an HTTP server, passes requests on as they are and remembers them from the moment of their arrival. */
export interface RequestGate extends AsyncDisposable {
  readonly url: string
  /** Method and path of each, oldest first. */
  readonly arrived: readonly string[]
  /** The next request with this path. */
  hold(path: string): HeldRequest
}

/** @param target URL of an http server; its path is not used. */
export async function startRequestGate(target: string): Promise<RequestGate> {
  const { hostname, port } = new URL(target)
  const arrived: string[] = []
  const held: { readonly path: string; readonly arrive: () => void; readonly released: Promise<void> }[] = []

  async function pass(near: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = near
    arrived.push(`${method} ${path}`)
    const body = await buffer(near)
    const index = held.findIndex((candidate) => path.endsWith(candidate.path))
    const [hold] = index < 0 ? [] : held.splice(index, 1)
    hold?.arrive()
    await hold?.released
    const far = forward({ host: hostname, port, method, path, headers, agent: false })
    far.end(body)
    const [answer] = (await once(far, 'response')) as [IncomingMessage]
    const content = await buffer(answer)
    response.writeHead(answer.statusCode ?? 0, answer.headers).end(content)
  }

  const server = createServer((near, response) => {
    pass(near, response).catch(() => near.socket.resetAndDestroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    hold(path) {
      const arrival = Promise.withResolvers<void>()
      const release = Promise.withResolvers<void>()
      held.push({ path, arrive: arrival.resolve, released: release.promise })
      return { arrived: arrival.promise, release: release.resolve }
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
