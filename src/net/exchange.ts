import type { Dispatcher } from 'undici'

import type { Clock } from '../kube/clock.ts'
import { classifyTransportError, type ExchangePhase } from './classify-transport-error.ts'
import { startDeadline } from './deadline.ts'
import type { HttpRequest, HttpResponse } from './http-client.ts'
import { TransportError } from './transport-error.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/**
 * One request and its whole answer over the dispatcher. Dispatching directly, instead of undici's `request`, tells whether a
 * connection was got (a time-out before is ConnectTimeout, after is ResponseTimeout) and ends at once when aborted meanwhile.
 * @param options.mayBegin asked at the start and again before the first byte is sent; what it throws is thrown, and nothing is sent
 * @throws TransportError, or the signal's reason.
 */
export async function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  { clock, mayBegin }: { readonly clock: Clock; readonly mayBegin: () => void },
): Promise<HttpResponse> {
  request.signal.throwIfAborted()
  mayBegin()
  const started = clock.monotonic()
  const where = request.url.host
  let phase: ExchangePhase = 'Connecting'
  let refusal: Error | undefined
  using deadline = startDeadline(clock, request.timeoutMilliseconds, request.signal, () =>
    classifyTransportError(timeout(phase), where, phase),
  )
  try {
    const answer = await deadline.race(
      dispatch(dispatcher, request, deadline.signal, () => {
        // Once more: a connection may have been awaited since.
        refusal = refusalOf(mayBegin)
        if (refusal === undefined) phase = 'Answering'
        return refusal
      }),
    )
    return { ...answer, durationMilliseconds: clock.monotonic() - started }
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason
    if (refusal !== undefined) throw refusal
    throw classifyTransportError(error, where, phase)
  }
}

function refusalOf(mayBegin: () => void): Error | undefined {
  try {
    mayBegin()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error('A request may not begin', { cause: error })
  }
}

/** @param onConnected called before the first byte is sent; with what it gives, nothing is. */
function dispatch(
  dispatcher: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
  onConnected: () => Error | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    let status = 0
    let headers: Answer['headers'] = {}
    dispatcher.dispatch(
      {
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: revealedHeaders(request),
        body: request.body ?? null,
        // The deadline bounds the whole exchange, so the parser needs no time-outs of its own.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart(controller) {
          // Given up while the connection was awaited: nothing is sent.
          if (signal.aborted) {
            controller.abort(signal.reason as Error)
            return
          }
          const refusal = onConnected()
          if (refusal !== undefined) {
            controller.abort(refusal)
            return
          }
          signal.addEventListener('abort', () => controller.abort(signal.reason as Error), { once: true })
        },
        onResponseStart(_controller, responseStatus, responseHeaders) {
          if (responseStatus < 200) return
          status = responseStatus
          headers = joinedHeaders(responseHeaders)
        },
        onResponseData(controller, chunk) {
          bytes += chunk.length
          if (bytes > request.maximumBodyBytes) controller.abort(tooLarge(request))
          else chunks.push(chunk)
        },
        onResponseEnd() {
          resolve({ status, headers, body: Buffer.concat(chunks) })
        },
        onResponseError(_controller, error) {
          reject(error)
        },
      },
    )
  })
}

function timeout(phase: ExchangePhase): Error {
  const code = phase === 'Connecting' ? 'UND_ERR_CONNECT_TIMEOUT' : 'UND_ERR_BODY_TIMEOUT'
  return Object.assign(new Error('The time for the exchange is up'), { code })
}

function tooLarge(request: HttpRequest): TransportError {
  return new TransportError('BodyTooLarge', `${request.url.host}: the answer is larger than what is read`)
}

function revealedHeaders(request: HttpRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.reveal(),
    ]),
  )
}

function joinedHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Answer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}
