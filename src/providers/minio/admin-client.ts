import type { z } from 'zod'

import type { Clock } from '../../kube/clock.ts'
import type { HttpClient, HttpResponse } from '../../net/http-client.ts'
import { TransportError } from '../../net/transport-error.ts'
import { Secret } from '../../observability/secret.ts'
import { ProviderError } from '../provider-error.ts'
import { mismatch, statusError, transportError } from './admin-errors.ts'
import type { DeriveKey } from './argon2.ts'
import type { MinioCredentials } from './credentials.ts'
import { prometheusToken } from './prometheus-token.ts'
import { openBody, sealBody, SealedBodyError } from './sealed-body.ts'
import { signRequest } from './signature-v4.ts'

export interface AdminClientOptions {
  readonly endpoints: readonly URL[]
  readonly credentials: MinioCredentials
  readonly httpClient: HttpClient
  readonly requestTimeoutMilliseconds: number
  /** Shared by all clusters, see `createArgon2`. */
  readonly argon2: DeriveKey
  readonly clock: Clock
}

/** A call of `/minio/admin/v3`. */
export interface AdminCall {
  /** What is being done, for messages: `read the server's info`. */
  readonly purpose: string
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly route: string
  readonly query?: Readonly<Record<string, string>>
  /** Sealed before it is sent. */
  readonly body?: string
  /** The only one to ask; absent: any that answers. */
  readonly endpoint?: URL
  readonly signal: AbortSignal
}

/**
 * MinIO's admin API and metrics. Endpoints are failed over: the next one is asked after a transport error, a time-out or 503, so
 * a call can take effect twice. Every method throws ProviderError, or the signal's reason when aborted.
 */
export interface AdminClient {
  /** The answer of a 2xx status; any other throws, with `status` telling which. */
  call(call: AdminCall): Promise<HttpResponse>
  /** The answer's JSON. */
  callJson<T>(call: AdminCall, schema: z.ZodType<T>): Promise<T>
  /** The answer, opened. */
  callSealed(call: AdminCall): Promise<string>
  /** The text of a metrics path such as `/minio/v2/metrics/cluster`. @param endpoint as in AdminCall */
  metrics(path: string, signal: AbortSignal, endpoint?: URL): Promise<string>
}

interface Answer {
  readonly response: HttpResponse
  readonly endpoint: URL
}

/** The metrics of a large cluster are some megabytes. */
const maximumAnswerBytes = 16 * 1024 * 1024
/** As much as clocks may differ for a signed request, and some more: the server refuses a token of its past without saying why. */
const tokenLifetimeSeconds = 20 * 60

export function createAdminClient(options: AdminClientOptions): AdminClient {
  const { endpoints, credentials, httpClient, argon2, clock } = options
  const { accessKey, secretKey, sessionToken } = credentials
  /** The endpoint that answered last is asked first. */
  let preferred = 0

  async function failOver(
    purpose: string,
    { signal, only }: { readonly signal: AbortSignal; readonly only: URL | undefined },
    send: (endpoint: URL) => Promise<HttpResponse>,
  ): Promise<Answer> {
    let failure: ProviderError | undefined
    const candidates = only === undefined ? [...endpoints.slice(preferred), ...endpoints.slice(0, preferred)] : [only]
    for (const endpoint of candidates) {
      try {
        const response = await sendAgainAfterReset(() => send(endpoint))
        if (response.status !== 503) {
          if (only === undefined) preferred = endpoints.indexOf(endpoint)
          if (response.status >= 200 && response.status < 300) return { response, endpoint }
          throw statusError(purpose, endpoint, response)
        }
        failure = statusError(purpose, endpoint, response)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof TransportError)) throw error
        failure = transportError(purpose, endpoint, error)
      }
    }
    throw failure ?? new ProviderError('ClusterUnreachable', `Could not ${purpose}: there is no endpoint.`)
  }

  async function exchange(call: AdminCall): Promise<Answer> {
    const { purpose, method, route, query = {}, signal } = call
    signal.throwIfAborted()
    const body = call.body === undefined ? undefined : await sealBody(secretKey, Buffer.from(call.body))
    return failOver(purpose, { signal, only: call.endpoint }, (endpoint) => {
      const url = new URL(`/minio/admin/v3/${route}`, endpoint)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      const signable = { method, url, body: body ?? new Uint8Array(), time: clock.now() }
      return send(method, url, signRequest(signable, credentials), body, signal)
    })
  }

  function send(
    method: AdminCall['method'],
    url: URL,
    headers: Readonly<Record<string, string | Secret>>,
    body: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    return httpClient.request({
      method,
      url,
      headers,
      ...(body === undefined ? {} : { body }),
      timeoutMilliseconds: options.requestTimeoutMilliseconds,
      maximumBodyBytes: maximumAnswerBytes,
      signal,
    })
  }

  return {
    call: async (call) => (await exchange(call)).response,
    async callJson(call, schema) {
      const { response, endpoint } = await exchange(call)
      const parsed = schema.safeParse(parseJson(response.body))
      if (!parsed.success) throw mismatch(call.purpose, endpoint)
      return parsed.data
    },
    async callSealed(call) {
      const { response, endpoint } = await exchange(call)
      try {
        const opened = await openBody(secretKey, response.body, { argon2, signal: call.signal })
        return Buffer.from(opened).toString('utf8')
      } catch (error) {
        if (error instanceof SealedBodyError) throw mismatch(call.purpose, endpoint, error)
        throw error
      }
    },
    async metrics(path, signal, only) {
      signal.throwIfAborted()
      const expiresAt = Math.floor(clock.now() / 1000) + tokenLifetimeSeconds
      const token = prometheusToken({ accessKey, secretKey, expiresAt })
      const headers = {
        authorization: new Secret(`Bearer ${token.reveal()}`),
        // The token alone does not prove temporary credentials.
        ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
      }
      const { response } = await failOver('read the metrics', { signal, only }, (endpoint) =>
        send('GET', new URL(path, endpoint), headers, undefined, signal),
      )
      return Buffer.from(response.body).toString('utf8')
    },
  }
}

/**
 * Sends once more after a reset: a connection that the server closed while idle fails the request that comes at that moment, and
 * every call of the admin API may be repeated.
 */
async function sendAgainAfterReset(send: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await send()
  } catch (error) {
    if (error instanceof TransportError && error.code === 'ConnectionReset') return send()
    throw error
  }
}

/** Undefined, which fits no schema, for what is no JSON. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}
