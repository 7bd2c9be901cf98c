import type { KubeConfig } from '@kubernetes/client-node'

import type { Clock } from './clock.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'

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
}

export interface RestStreamRequest {
  readonly path: string
  readonly query?: Query
  /** @default 'application/json' */
  readonly accept?: string
  /** Ends the stream at any time. */
  readonly signal: AbortSignal
}

/** An open answer of lines. Dispose it, or abort its signal, to free the connection. */
export interface RestStream extends AsyncDisposable {
  /** Lines without their line break; to be iterated once. @throws ApiUnreachableError when the connection breaks or a line is too long. */
  readonly lines: AsyncIterable<string>
}

/** Requests to one API server over one pool of connections. */
export interface RestClient extends AsyncDisposable {
  /**
   * One exchange; 401 is repeated once with credentials read anew, 429 and 503 with Retry-After a bounded number of times.
   * @returns the parsed JSON of a 2xx answer; undefined when its body is empty.
   * @throws ApiError for other statuses, ApiUnreachableError when there is no usable answer, the signal's reason when aborted.
   */
  request(request: RestRequest): Promise<unknown>
  /**
   * Resolves once the server answered 200; no time limit holds after that.
   * @throws as `request`.
   */
  stream(request: RestStreamRequest): Promise<RestStream>
}

export interface RestClientOptions {
  readonly kubeConfig: KubeConfig
  readonly clock: Clock
  readonly random: () => number
  readonly metrics: RuntimeMetrics
  readonly userAgent: string
  /** @default 30_000 */
  readonly requestTimeoutMilliseconds?: number
  /** HTTP/2 where the server prefers it. @default true */
  readonly allowHttp2?: boolean
}

export declare function createRestClient(options: RestClientOptions): RestClient
