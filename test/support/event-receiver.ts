import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** One delivery that was answered. */
export interface ReceivedDelivery {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: string
  readonly status: number
}

/** A target of audit events on the loopback interface that answers as it is told. */
export interface EventReceiver extends AsyncDisposable {
  /** Its own, without a path. */
  readonly url: string
  readonly deliveries: readonly ReceivedDelivery[]
  /** Answers every delivery from now on with this status, and without a body. 200 at the start. */
  answerWith(status: number): void
  /** Refuses connections until `start`. */
  stop(): Promise<void>
  /** Listens on the same port again; harmless while it does. */
  start(): Promise<void>
}

export async function startEventReceiver(): Promise<EventReceiver> {
  let status = 200
  let port = 0
  const deliveries: ReceivedDelivery[] = []
  const record = async (request: IncomingMessage): Promise<void> => {
    const body = await text(request)
    deliveries.push({ path: request.url ?? '', authorization: request.headers.authorization, body, status })
  }
  const server = createServer((request, response) => {
    void record(request).then(
      () => response.writeHead(status).end(),
      () => response.destroy(),
    )
  })
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
  return {
    url: `http://127.0.0.1:${port}`,
    deliveries,
    answerWith(next) {
      status = next
    },
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  }
}
