import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

import { listenOnLoopback } from './listen-on-loopback.ts'

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
  /** Takes deliveries from now on without ever answering them, until `answerWith`. */
  hang(): void
  /** Refuses connections until `start`. */
  stop(): Promise<void>
  /** Listens on the same port again; harmless while it does. */
  start(): Promise<void>
}

export async function startEventReceiver(): Promise<EventReceiver> {
  let status = 200
  let hanging = false
  const deliveries: ReceivedDelivery[] = []
  const record = async (request: IncomingMessage): Promise<void> => {
    const body = await text(request)
    deliveries.push({ path: request.url ?? '', authorization: request.headers.authorization, body, status })
  }
  const server = createServer((request, response) => {
    void record(request).then(
      () => (hanging ? response : response.writeHead(status).end()),
      () => response.destroy(),
    )
  })
  const listener = await listenOnLoopback(server)
  return {
    ...listener,
    deliveries,
    answerWith(next) {
      status = next
      hanging = false
    },
    hang() {
      hanging = true
    },
  }
}
