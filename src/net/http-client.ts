import type { Secret } from '../observability/secret.ts'

/** TLS trust towards one server. */
export interface TlsTrust {
  /** PEM bundle that replaces the system's roots; absent: the system's roots. */
  readonly caCertificate?: string
  /** Name sent as SNI and verified; absent: the URL's host. */
  readonly serverName?: string
  /** `None` accepts any certificate. */
  readonly verification: 'Full' | 'None'
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: URL
  /** Values of type Secret are revealed on the wire only. */
  readonly headers?: Readonly<Record<string, string | Secret>>
  readonly body?: string | Uint8Array
  /** For the whole exchange, from resolving the name to the last byte of the body. */
  readonly timeoutMilliseconds: number
  /** The body is read up to this bound, then the exchange fails with BodyTooLarge. */
  readonly maximumBodyBytes: number
  readonly signal: AbortSignal
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** From the start of the request to the last byte. */
  readonly durationMilliseconds: number
}

/** What level 0 of the ladder learns: the way to the server is open and its certificate is trusted. */
export interface ConnectResult {
  readonly durationMilliseconds: number
  /** End of validity of the server's own certificate (milliseconds since the epoch); absent over plain http. */
  readonly certificateNotAfter?: number
}

/**
 * Outbound HTTP towards user-given URLs: every address is checked by the guard after resolution and at connect, redirects are
 * never followed, bodies and time are bounded, no proxy is taken from the environment unless configured.
 */
export interface HttpClient {
  /** @throws TransportError, or the signal's reason when aborted. Any status is an answer. */
  request(request: HttpRequest): Promise<HttpResponse>
  /** Resolves, connects, shakes hands on a fresh connection and closes it. @throws TransportError, or the signal's reason. */
  connect(url: URL, options: { timeoutMilliseconds: number; signal: AbortSignal }): Promise<ConnectResult>
}

/** Gives the client for one trust; equal trusts share connections. Those belong to the factory and close with it: a client needs no closing. */
export interface HttpClientFactory extends AsyncDisposable {
  forTrust(trust: TlsTrust): HttpClient
}
