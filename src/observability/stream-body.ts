import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Clock } from '../kube/clock.ts'
import { createDeadline } from '../kube/deadline.ts'
import { createWaitingLine, inTurn } from './waiting-line.ts'

/** Answers a request with a body that is made while it is read. */
export type BodyStreamer = (options: {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Nothing of it is made before it is asked for. It waits for nothing but its turn. */
  readonly body: AsyncIterable<string>
  /** Writes status and headers; called when the first chunk is there. */
  readonly begin: () => void
}) => Promise<void>

/** So many chunks at most are made in one turn of the event loop, and kept for slow readers. */
const maximumAtOnce = 4
const limitMilliseconds = 30_000

/**
 * A streamer that writes chunk by chunk, each when the reader has taken those before. It serves four bodies at a time; others wait. A
 * body that is not made and taken within 30 seconds is given up, so that readers which stall hold the others for no longer than
 * that. It resolves when all is written, and when the client has gone away. The connection is the caller's to end after an error.
 * @throws Error when time has run out, and whatever the body throws.
 */
export function createBodyStreamer({ clock }: { readonly clock: Clock }): BodyStreamer {
  const line = createWaitingLine(maximumAtOnce)
  return async ({ request: { socket }, response, body, begin }) => {
    const gone = new AbortController()
    const onClose = (): void => gone.abort(new Error('The client has gone away'))
    // Not the response's own event: that of an answer which waits for another on its connection does not come.
    socket.once('close', onClose)
    if (socket.destroyed) onClose()
    try {
      await inTurn(line, gone.signal, async () => {
        using deadline = createDeadline({
          clock,
          milliseconds: limitMilliseconds,
          signal: gone.signal,
          reason: () => new Error(`The answer was not taken within ${limitMilliseconds / 1000} s`),
        })
        await write({ response, body, begin, signal: deadline.signal })
      })
    } catch (error) {
      if (!gone.signal.aborted) throw error
    } finally {
      socket.off('close', onClose)
    }
  }
}

async function write(options: {
  readonly response: ServerResponse
  readonly body: AsyncIterable<string>
  readonly begin: () => void
  readonly signal: AbortSignal
}): Promise<void> {
  const { response, body, begin, signal } = options
  for await (const chunk of body) {
    signal.throwIfAborted()
    if (!response.headersSent) begin()
    if (!response.write(chunk)) await emitted(response, 'drain', signal)
  }
  if (!response.headersSent) begin()
  response.end()
  await emitted(response, 'finish', signal)
}

/** @throws the signal's reason, at once, when it aborts. */
async function emitted(response: ServerResponse, event: 'drain' | 'finish', signal: AbortSignal): Promise<void> {
  try {
    await once(response, event, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
