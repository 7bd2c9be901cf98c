import type { KubeConfig } from '@kubernetes/client-node'
import { type Dispatcher, request as send } from 'undici'

import { abortable } from './abortable.ts'
import { ApiError, type ApiUnreachableCode, ApiUnreachableError } from './api-error.ts'
import type { Clock } from './clock.ts'
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts'
import { createCredentialSource, type Credentials } from './credentials.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { onAbort } from './on-abort.ts'
import { parseJson } from './parse-json.ts'
import { readBody } from './read-body.ts'
import { openRestStream, type RestStream } from './rest-stream.ts'
import { retryDelay } from './retry-delay.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'
import { sleep } from './sleep.ts'
import { parseRetryAfter, statusError } from './status-error.ts'
import { unreachableError } from './unreachable-error.ts'

/** Undefined values are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute path of the API, already encoded; a path prefix of the server's URL is put before it. */
  readonly path: string
  readonly query?: Query
  /** Sent as JSON. */
  readonly body?: unknown
  /** @default 'application/json' */
  readonly contentType?: string
  /** @default 'application/json' */
  readonly accept?: string
  readonly signal: AbortSignal
  /** Asked before each attempt, repeats included, and again when it has a connection: what it throws is thrown, and nothing is sent. */
  readonly mayBegin?: () => void
}

/** `signal` ends the stream at any time. */
export interface RestStreamRequest extends Pick<RestRequest, 'path' | 'query' | 'accept' | 'signal'> {
  /** The stream is given up (code Silent) when nothing arrives for this long. */
  readonly maximumSilenceMilliseconds: number
}

/** Requests to one API server over one pool of connections. */
export interface RestClient extends AsyncDisposable {
  /**
   * One exchange. 401 is repeated once with credentials read anew, a GET once when its connection broke, 429 and 503 with
   * Retry-After up to five times.
   * @returns the parsed JSON of a 2xx answer; undefined when its body is empty.
   * @throws ApiError for other statuses, ApiUnreachableError when there is no usable answer, the signal's reason when aborted.
   */
  request(request: RestRequest): Promise<unknown>
  /**
   * A GET. Resolves once the server answered 200, within the client's `requestTimeoutMilliseconds`.
   * @throws as `request`.
   */
  stream(request: RestStreamRequest): Promise<RestStream>
}

export interface RestClientOptions {
  readonly kubeConfig: KubeConfig
  readonly clock: Clock
  readonly random: () => number
  readonly metrics: Pick<RuntimeMetrics, 'restRequest' | 'restRetry'>
  readonly userAgent: string
  /** For one attempt, from the start to the last byte of the answer; of a stream, to its headers. @default 30_000 */
  readonly requestTimeoutMilliseconds?: number
  /** Streams over HTTP/2 where the server speaks it. Requests go over HTTP/1.1, on at most 16 connections. @default true */
  readonly allowHttp2?: boolean
}

/** What is sent once. */
interface Attempt {
  readonly request: RestRequest
  /** As it was when the request was made. */
  readonly body: string | null
  readonly pool: ConnectionPool
  readonly credentials: Credentials
}

/** A success whose body is still to be read. */
interface Answer {
  readonly body: AsyncIterable<Uint8Array>
  readonly subject: string
  readonly dispatcher: Dispatcher
  /** Ends the exchange. */
  readonly abort: AbortController
}

/** Takes what is needed of the answer while the time for the exchange runs. */
type Use<T> = (answer: Answer) => T | Promise<T>

const connectionsForRequests = 16
const maximumResponseBytes = 64 * 1024 * 1024
const maximumErrorBytes = 64 * 1024

/** @throws RangeError when the kubeconfig has no current context or cluster, or a proxy that is no http(s) one. */
export function createRestClient(options: RestClientOptions): RestClient {
  const { clock, random, metrics, userAgent, requestTimeoutMilliseconds = 30_000, allowHttp2 = true } = options
  const source = createCredentialSource(options.kubeConfig)
  const { host } = new URL(source.server)
  const { proxyUrl } = source
  /**
   * Never HTTP/2: there, a request that is aborted before its body has left can send Node's native code into an endless loop, and no
   * timer or signal handler of the process runs again (Node 24.21). Streams have no bodies to send.
   */
  const requests = createConnectionPool({ proxyUrl, allowHttp2: false, connections: connectionsForRequests })
  /** Streams hold a connection each over HTTP/1.1: among the requests' bounded ones they would starve them. */
  const streams = createConnectionPool({ proxyUrl, allowHttp2, connections: undefined })

  async function withRetries<T>(request: RestRequest, pool: ConnectionPool, use: Use<T>): Promise<T> {
    const { method, signal } = request
    const body = request.body === undefined ? null : JSON.stringify(request.body)
    let retries = 0
    let renewed = false
    let reconnected = false
    for (;;) {
      const credentials = await readCredentials(signal)
      try {
        return await exchange({ request, body, pool, credentials }, use)
      } catch (error) {
        if (error instanceof ApiError && error.status === 401 && !renewed) {
          renewed = true
          source.renew(credentials)
        } else if (method === 'GET' && isInterrupted(error) && !reconnected) {
          // The connection broke, often one kept alive that the server closed: a read can be repeated without harm.
          reconnected = true
        } else {
          const delay = retryDelay(error, retries, random)
          if (delay === undefined) throw error
          retries++
          await sleep(clock, delay, signal)
        }
        metrics.restRetry({ method, host, code: error instanceof ApiError ? String(error.status) : '<error>' })
      }
    }
  }

  function attemptDeadline(signal: AbortSignal, code: ApiUnreachableCode, missing: string): Deadline {
    const milliseconds = requestTimeoutMilliseconds
    const reason = (): Error => new ApiUnreachableError(code, `${missing} within ${milliseconds} ms`)
    return createDeadline({ clock, milliseconds, signal, reason })
  }

  /** A credential plugin may hang. */
  async function readCredentials(signal: AbortSignal): Promise<Credentials> {
    using deadline = attemptDeadline(signal, 'CredentialsUnavailable', 'No credentials came')
    return await abortable(source.read(), deadline.signal)
  }

  async function exchange<T>({ request, body, pool, credentials }: Attempt, use: Use<T>): Promise<T> {
    const { method, path, contentType = 'application/json', accept = 'application/json', signal, mayBegin } = request
    const subject = `${method} ${path} at ${host}`
    const startedAt = clock.monotonic()
    const dispatcher = pool.acquire(credentials.tls)
    using deadline = attemptDeadline(signal, 'Timeout', `${subject}: no answer`)
    /** Outlives the deadline: a stream's body goes on when its time for the headers has passed. */
    const abort = new AbortController()
    onAbort(deadline.signal, () => abort.abort(deadline.signal.reason))
    let code = '<error>'
    mayBegin?.()
    try {
      const sent = send(source.server + path + encodeQuery(request.query), {
        dispatcher: mayBegin === undefined ? dispatcher : fence(dispatcher, mayBegin, abort),
        method,
        headers: {
          accept,
          'user-agent': userAgent,
          ...(body === null ? {} : { 'content-type': contentType }),
          ...credentials.headers,
        },
        body,
        signal: abort.signal,
      })
      // undici looks at the signal only once it is connected.
      const response = await abortable(sent, abort.signal)
      code = String(response.statusCode)
      if (response.statusCode < 200 || response.statusCode > 299) {
        throw statusError(parseJson(await readBody(response.body, maximumErrorBytes, subject).catch(() => '')), {
          status: response.statusCode,
          subject,
          retryAfterMilliseconds: parseRetryAfter(response.headers['retry-after']),
        })
      }
      return await use({ body: response.body, subject, dispatcher, abort })
    } catch (error) {
      if (error instanceof ApiError) throw error
      code = '<error>'
      if (deadline.signal.aborted && !signal.aborted) pool.suspect(dispatcher)
      if (abort.signal.aborted) throw abort.signal.reason
      // A session that refuses each new stream would be kept for as long as older streams hold it open.
      if (pool === streams) pool.suspect(dispatcher)
      throw unreachableError(error, subject)
    } finally {
      metrics.restRequest({ method, host, code, durationSeconds: (clock.monotonic() - startedAt) / 1000 })
    }
  }

  return {
    request: (request) =>
      withRetries(request, requests, async ({ body, subject }) =>
        parseAnswer(await readBody(body, maximumResponseBytes, subject), subject),
      ),
    stream: (request) =>
      withRetries({ ...request, method: 'GET' }, streams, ({ dispatcher, ...answer }) =>
        openRestStream({
          ...answer,
          signal: request.signal,
          maximumSilenceMilliseconds: request.maximumSilenceMilliseconds,
          onSilent: () => streams.suspect(dispatcher),
          clock,
        }),
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all([requests[Symbol.asyncDispose](), streams[Symbol.asyncDispose]()])
    },
  }
}

/** Asks again when a request has its connection: it may have waited for one, and the process have been stopped meanwhile. */
function fence(dispatcher: Dispatcher, mayBegin: () => void, abort: AbortController): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler)
    handler.onRequestStart = (...started) => {
      try {
        mayBegin()
      } catch (error) {
        abort.abort(error)
        throw error
      }
      start?.(...started)
    }
    return dispatch(options, handler)
  })
}

function isInterrupted(error: unknown): boolean {
  return error instanceof ApiUnreachableError && error.code === 'Interrupted'
}

function encodeQuery(query: Query | undefined): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

/** @throws ApiUnreachableError with code InvalidResponse. */
function parseAnswer(text: string, subject: string): unknown {
  const answer = parseJson(text)
  if (answer === undefined && text !== '') {
    throw new ApiUnreachableError('InvalidResponse', `${subject}: the answer is not JSON`)
  }
  return answer
}
