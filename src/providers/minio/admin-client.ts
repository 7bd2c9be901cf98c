import { z } from 'zod'

import type { Clock } from '../../kube/clock.ts'
import type { HttpClient, HttpResponse } from '../../net/http-client.ts'
import { TransportError } from '../../net/transport-error.ts'
import { Secret } from '../../observability/secret.ts'
import { ProviderError, type ProviderErrorCode } from '../provider-error.ts'
import type { MinioCredentials } from './credentials.ts'
import { prometheusToken } from './prometheus-token.ts'
import { openBody, sealBody, SealedBodyError } from './sealed-body.ts'
import { signRequest } from './signature-v4.ts'

export interface AdminClientOptions {
  readonly endpoints: readonly URL[]
  readonly credentials: MinioCredentials
  readonly httpClient: HttpClient
  readonly requestTimeoutMilliseconds: number
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
  readonly signal: AbortSignal
}

/** MinIO's admin API and metrics. Every method throws ProviderError, or the signal's reason when aborted. */
export interface AdminClient {
  /** The answer of a 2xx status. */
  call(call: AdminCall): Promise<HttpResponse>
  /** The answer, opened. */
  callSealed(call: AdminCall): Promise<string>
  /** The text of a metrics path such as `/minio/v2/metrics/cluster`. */
  metrics(path: string, signal: AbortSignal): Promise<string>
}

/** The S3 error codes that say what a human has to do; others are told by their status. */
const codes: Readonly<Record<string, { readonly code: ProviderErrorCode; readonly text: string }>> = {
  AccessDenied: {
    code: 'PermissionDenied',
    text: 'the access key lacks a permission; it needs admin:ConfigUpdate, admin:ServerInfo and admin:Prometheus',
  },
  InvalidAccessKeyId: { code: 'CredentialsRejected', text: 'the access key is not known there; correct the Secret' },
  SignatureDoesNotMatch: { code: 'CredentialsRejected', text: 'the secret key is wrong; correct the Secret' },
  ExpiredToken: { code: 'CredentialsRejected', text: 'the session token has expired; renew the Secret' },
  InvalidTokenId: { code: 'CredentialsRejected', text: 'the session token is not valid; correct the Secret' },
  RequestTimeTooSkewed: {
    code: 'ClusterUnreachable',
    text: 'the clocks of the operator and of the server differ by more than 15 minutes; set them right',
  },
  XMinioAdminVersionMismatch: {
    code: 'ProviderMismatch',
    text: 'the server does not speak version 3 of the admin API',
  },
  XMinioAdminConfigBadJSON: {
    code: 'ApplyFailed',
    text: 'the server found its audit webhook settings invalid, this one or another stored one; `mc admin config get` shows them',
  },
}

const errorAnswer = z.object({ Code: z.string() })
const maximumAnswerBytes = 4 * 1024 * 1024
const tokenLifetimeSeconds = 300

export function createAdminClient(options: AdminClientOptions): AdminClient {
  const { endpoints, credentials, httpClient, clock } = options
  /** The endpoint that answered last is asked first. */
  let preferred = 0

  async function failOver(
    purpose: string,
    signal: AbortSignal,
    send: (endpoint: URL) => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    let failure: ProviderError | undefined
    for (let attempt = 0; attempt < endpoints.length; attempt++) {
      const index = (preferred + attempt) % endpoints.length
      const endpoint = endpoints[index]
      if (endpoint === undefined) break
      try {
        const response = await send(endpoint)
        if (response.status !== 503) {
          preferred = index
          return response
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

  async function exchange(call: AdminCall): Promise<{ readonly response: HttpResponse; readonly endpoint: URL }> {
    const { purpose, method, route, query = {}, signal } = call
    const body =
      call.body === undefined ? new Uint8Array() : await sealBody(credentials.secretKey, Buffer.from(call.body))
    let asked = endpoints[preferred] ?? new URL('http://none.invalid')
    const response = await failOver(purpose, signal, (endpoint) => {
      asked = endpoint
      const url = new URL(`/minio/admin/v3/${route}`, endpoint)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      const headers = signRequest({ method, url, body, time: clock.now() }, credentials)
      return send(method, url, headers, call.body === undefined ? undefined : body, signal)
    })
    if (response.status >= 200 && response.status < 300) return { response, endpoint: asked }
    throw statusError(purpose, asked, response)
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
    async callSealed(call) {
      const { response, endpoint } = await exchange(call)
      try {
        return Buffer.from(await openBody(credentials.secretKey, response.body)).toString('utf8')
      } catch (error) {
        if (!(error instanceof SealedBodyError)) throw error
        throw mismatch(call.purpose, endpoint, error)
      }
    },
    async metrics(path, signal) {
      const purpose = 'read the metrics'
      const { accessKey, secretKey } = credentials
      const expiresAt = Math.floor(clock.now() / 1000) + tokenLifetimeSeconds
      const token = prometheusToken({ accessKey, secretKey, expiresAt })
      const authorization = new Secret(`Bearer ${token.reveal()}`)
      let asked = endpoints[preferred] ?? new URL('http://none.invalid')
      const response = await failOver(purpose, signal, (endpoint) => {
        asked = endpoint
        return send('GET', new URL(path, endpoint), { authorization }, undefined, signal)
      })
      if (response.status === 200) return Buffer.from(response.body).toString('utf8')
      throw statusError(purpose, asked, response)
    },
  }
}

/** An answer that is not MinIO's. */
export function mismatch(purpose: string, endpoint: URL | undefined, cause?: unknown): ProviderError {
  return new ProviderError(
    'ProviderMismatch',
    `Could not ${purpose}: ${endpoint?.host ?? 'the server'} does not answer as MinIO does. Check \`spec.endpoints\`: it must be the S3 endpoint, not the console or another service.`,
    { cause },
  )
}

function transportError(purpose: string, endpoint: URL, error: TransportError): ProviderError {
  const message = `Could not ${purpose} at ${endpoint.host}: ${error.message}`
  switch (error.code) {
    case 'EndpointNotAllowed':
      return new ProviderError('EndpointNotAllowed', message, { cause: error })
    case 'TLSUntrusted':
    case 'TLSNameMismatch':
    case 'TLSExpired':
    case 'TLSNotYetValid':
    case 'TLSVersionRefused':
    case 'TLSClientCertificateWanted':
      return new ProviderError('TLSUntrusted', message, { cause: error })
    case 'BodyTooLarge':
    case 'ProtocolError':
      return new ProviderError('ProviderMismatch', message, { cause: error })
    default:
      return new ProviderError('ClusterUnreachable', message, { cause: error })
  }
}

function statusError(purpose: string, endpoint: URL, response: HttpResponse): ProviderError {
  const { status } = response
  const code = answeredCode(response)
  const known = code === undefined ? undefined : codes[code]
  const what = `Could not ${purpose} at ${endpoint.host}`
  if (known !== undefined) return new ProviderError(known.code, `${what}: ${known.text}.`)
  if (status === 503 || status === 502 || status === 504 || status === 429) {
    return new ProviderError('ClusterUnreachable', `${what}: the server is not ready (HTTP ${status}).`)
  }
  if (code === undefined) {
    // MinIO answers errors of its metrics without a code.
    if (status === 403 || status === 401) {
      return new ProviderError('PermissionDenied', `${what}: HTTP ${status}; the access key needs admin:Prometheus.`)
    }
    return mismatch(purpose, endpoint)
  }
  return new ProviderError(
    status >= 500 ? 'ClusterUnreachable' : 'ApplyFailed',
    `${what}: the server answered ${code} (HTTP ${status}).`,
  )
}

/** The `Code` of an error answer, when it looks like one. */
function answeredCode(response: HttpResponse): string | undefined {
  try {
    const { Code } = errorAnswer.parse(JSON.parse(Buffer.from(response.body).toString('utf8')))
    return /^[A-Za-z0-9]{1,64}$/.test(Code) ? Code : undefined
  } catch {
    return undefined
  }
}
