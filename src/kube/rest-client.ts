import type { KubeConfig } from '@kubernetes/client-node'
import { type Dispatcher, request as send } from 'undici'

import { abortable } from './abortable.ts'
import { ApiError, ApiUnreachableError } from './api-error.ts'
import type { Clock } from './clock.ts'
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts'
import { createCredentialSource, type Credentials } from './credentials.ts'
import { createDeadline } from './deadline.ts'
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
  /** For one attempt, from the start to the last byte of the answer. @default the client's `requestTimeoutMilliseconds` */
  readonly timeoutMilliseconds?: number
  /** Asked before each attempt, repeats included: what it throws is thrown, and nothing is sent. */
  readonly mayBegin?: () => void
}

export interface RestStreamRequest {
  readonly path: string
  readonly query?: Query
  /** @default 'application/json' */
  readonly accept?: string
  /** Ends the stream at any time. */
  readonly signal: AbortSignal
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
  /** @default 30_000 */
  readonly requestTimeoutMilliseconds?: number
  /** Streams over HTTP/2 where the server speaks it. Requests go over HTTP/1.1, on at most 16 connections. @default true */
  readonly allowHttp2?: boolean
}

/** What one attempt sends, whatever becomes of the answer. */
interface Attempt {
  readonly method: RestRequest['method']
  readonly path: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly pool: ConnectionPool
  readonly signal: AbortSignal
  readonly timeoutMilliseconds: number
  readonly mayBegin: (() => void) | undefined
}

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

  async function withRetries<T>(attempt: Attempt, use: (answer: Answer) => Promise<T>): Promise<T> {
    let retries = 0
    let renewed = false
    let reconnected = false
    for (;;) {
      const credentials = await readCredentials(attempt)
      try {
        return await exchange(attempt, credentials, use)
      } catch (error) {
        if (error instanceof ApiError && error.status === 401 && !renewed) {
          renewed = true
          source.renew(credentials)
        } else if (error instanceof ApiUnreachableError && canReconnect(attempt, error) && !reconnected) {
          reconnected = true
        } else {
          const delay = retryDelay(error, retries, random)
          if (delay === undefined) throw error
          retries++
          await sleep(clock, delay, attempt.signal)
        }
        metrics.restRetry({ method: attempt.method, host, code: codeOf(error) })
      }
    }
  }

  /** A credential plugin may hang. */
  async function readCredentials({ signal, timeoutMilliseconds }: Attempt): Promise<Credentials> {
    using deadline = createDeadline({
      clock,
      milliseconds: timeoutMilliseconds,
      signal,
      reason: () =>
        new ApiUnreachableError('CredentialsUnavailable', `No credentials came within ${timeoutMilliseconds} ms`),
    })
    return await abortable(source.read(), deadline.signal)
  }

  async function exchange<T>(
    attempt: Attempt,
    credentials: Credentials,
    use: (answer: Answer) => Promise<T>,
  ): Promise<T> {
    const { method, pool, timeoutMilliseconds } = attempt
    const subject = `${method} ${attempt.path} at ${host}`
    const startedAt = clock.monotonic()
    const dispatcher = pool.acquire(credentials.tls)
    const told = (code: string): void =>
      metrics.restRequest({ method, host, code, durationSeconds: (clock.monotonic() - startedAt) / 1000 })
    using deadline = createDeadline({
      clock,
      milliseconds: timeoutMilliseconds,
      signal: attempt.signal,
      reason: () => new ApiUnreachableError('Timeout', `${subject}: no answer within ${timeoutMilliseconds} ms`),
    })
    /** Outlives the deadline: a stream's body goes on when its time for the headers has passed. */
    const abort = new AbortController()
    deadline.signal.addEventListener('abort', () => abort.abort(deadline.signal.reason), { once: true })
    let code = '<error>'
    attempt.mayBegin?.()
    try {
      const sent = send(attempt.url, {
        dispatcher,
        method,
        headers: { ...attempt.headers, ...credentials.headers },
        body: attempt.body,
        signal: abort.signal,
      })
      // undici looks at the signal only once it is connected.
      const response = await abortable(sent, abort.signal)
      code = String(response.statusCode)
      const body: AsyncIterable<Uint8Array> = response.body
      if (response.statusCode < 200 || response.statusCode > 299) {
        throw statusError(parseLenient(await readBody(body, maximumErrorBytes, subject).catch(() => '')), {
          status: response.statusCode,
          subject,
          retryAfterMilliseconds: parseRetryAfter(response.headers['retry-after']),
        })
      }
      return await use({ body, subject, dispatcher, abort })
    } catch (error) {
      if (error instanceof ApiError) throw error
      code = '<error>'
      if (deadline.signal.aborted) {
        if (!attempt.signal.aborted) pool.suspect(dispatcher)
        throw deadline.signal.reason
      }
      // A session that refuses each new stream would be kept for as long as older streams hold it open.
      if (pool === streams) pool.suspect(dispatcher)
      throw unreachableError(error, subject)
    } finally {
      told(code)
    }
  }

  return {
    request(request) {
      const { method, path, query, body, contentType = 'application/json', accept = 'application/json' } = request
      return withRetries(
        {
          method,
          path,
          url: source.server + path + encodeQuery(query),
          headers: { accept, 'user-agent': userAgent, ...(body === undefined ? {} : { 'content-type': contentType }) },
          body: body === undefined ? null : JSON.stringify(body),
          pool: requests,
          signal: request.signal,
          timeoutMilliseconds: request.timeoutMilliseconds ?? requestTimeoutMilliseconds,
          mayBegin: request.mayBegin,
        },
        async ({ body, subject }) => parseStrict(await readBody(body, maximumResponseBytes, subject), subject),
      )
    },
    stream(request) {
      const { path, query, accept = 'application/json', signal, maximumSilenceMilliseconds } = request
      return withRetries(
        {
          method: 'GET',
          path,
          url: source.server + path + encodeQuery(query),
          headers: { accept, 'user-agent': userAgent },
          body: null,
          pool: streams,
          signal,
          timeoutMilliseconds: requestTimeoutMilliseconds,
          mayBegin: undefined,
        },
        ({ body, subject, dispatcher, abort }) =>
          Promise.resolve(
            openRestStream({
              body,
              abort,
              subject,
              signal,
              maximumSilenceMilliseconds,
              onSilent: () => streams.suspect(dispatcher),
              clock,
            }),
          ),
      )
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([requests[Symbol.asyncDispose](), streams[Symbol.asyncDispose]()])
    },
  }
}

/** A success whose body is still to be read. */
interface Answer {
  readonly body: AsyncIterable<Uint8Array>
  readonly subject: string
  readonly dispatcher: Dispatcher
  /** Ends the exchange. */
  readonly abort: AbortController
}

/** A connection that broke, often one kept alive that the server closed: a read can be repeated without harm. */
function canReconnect(attempt: Attempt, error: ApiUnreachableError): boolean {
  return attempt.method === 'GET' && error.code === 'Interrupted'
}

function codeOf(error: unknown): string {
  return error instanceof ApiError ? String(error.status) : '<error>'
}

function encodeQuery(query: Query | undefined): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

function parseStrict(text: string, subject: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiUnreachableError('InvalidResponse', `${subject}: the answer is not JSON`)
  }
}

/** For answers that are errors anyway. */
function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
