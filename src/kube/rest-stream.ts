import { ApiUnreachableError } from './api-error.ts'
import type { Clock } from './clock.ts'
import { onAbort } from './on-abort.ts'
import { splitLines } from './split-lines.ts'
import { unreachableError } from './unreachable-error.ts'

/** An open answer of lines. Dispose it, or abort its signal, to free the connection. */
export interface RestStream extends Disposable {
  /**
   * Lines without their line feed, of 8 MiB at most; to be iterated once. They end when the server ends them.
   * @throws ApiUnreachableError when the connection breaks or falls silent or a line is too long, the signal's reason when aborted.
   */
  readonly lines: AsyncIterable<string>
}

export interface RestStreamOptions {
  readonly body: AsyncIterable<Uint8Array>
  /** Ends the exchange that `body` belongs to. */
  readonly abort: AbortController
  /** Method, path and host, for messages. */
  readonly subject: string
  readonly signal: AbortSignal
  readonly maximumSilenceMilliseconds: number
  /** Told before the stream fails with code Silent. */
  readonly onSilent: () => void
  readonly clock: Clock
}

const maximumLineBytes = 8 * 1024 * 1024

/** Lines of a body, watched over for silence from now on. */
export function openRestStream(options: RestStreamOptions): RestStream {
  const { body, abort, subject, signal, maximumSilenceMilliseconds, clock } = options
  let heardAt = clock.monotonic()
  let watchdog = clock.timer(maximumSilenceMilliseconds, onSilence)
  const caller = onAbort(signal, () => abort.abort(signal.reason))

  /** One timer that looks again, rather than one per chunk. */
  function onSilence(): void {
    const left = heardAt + maximumSilenceMilliseconds - clock.monotonic()
    if (left > 0) {
      watchdog = clock.timer(left, onSilence)
      return
    }
    options.onSilent()
    abort.abort(new ApiUnreachableError('Silent', `${subject}: nothing came for ${maximumSilenceMilliseconds} ms`))
  }

  async function* heard(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of body) {
      heardAt = clock.monotonic()
      yield chunk
    }
  }

  async function* lines(): AsyncGenerator<string, void, void> {
    try {
      yield* splitLines(heard(), maximumLineBytes)
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : unreachableError(error, subject)
    } finally {
      close()
    }
  }

  function close(): void {
    watchdog[Symbol.dispose]()
    caller[Symbol.dispose]()
    abort.abort(new Error('The stream was closed'))
  }

  return { lines: lines(), [Symbol.dispose]: close }
}
