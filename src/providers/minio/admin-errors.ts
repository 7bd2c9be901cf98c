import { z } from 'zod'

import type { HttpResponse } from '../../net/http-client.ts'
import type { TransportError, TransportErrorCode } from '../../net/transport-error.ts'
import { ProviderError, type ProviderErrorCode } from '../provider-error.ts'

/** An answer of MinIO's admin API that names what went wrong. */
export class AdminApiError extends ProviderError {
  /** The server's error code, such as `XMinioConfigNotFoundError`. */
  readonly answeredCode: string

  constructor(code: ProviderErrorCode, message: string, answeredCode: string) {
    super(code, message)
    this.answeredCode = answeredCode
  }
}

/** The codes that say what a human has to do (minio cmd/api-errors.go); others are told by their status. */
const meanings: Readonly<Record<string, { readonly code: ProviderErrorCode; readonly text: string }>> = {
  AccessDenied: {
    code: 'PermissionDenied',
    text: 'the access key lacks a permission; it needs admin:ConfigUpdate, admin:ServerInfo and admin:Prometheus',
  },
  InvalidAccessKeyId: {
    code: 'CredentialsRejected',
    text: 'the access key is not known there or is disabled; correct the Secret',
  },
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

const transportCodes: Readonly<Record<TransportErrorCode, ProviderErrorCode>> = {
  EndpointNotAllowed: 'EndpointNotAllowed',
  DNSFailed: 'ClusterUnreachable',
  ConnectionRefused: 'ClusterUnreachable',
  ConnectionReset: 'ClusterUnreachable',
  ConnectTimeout: 'ClusterUnreachable',
  TLSUntrusted: 'TLSUntrusted',
  TLSNameMismatch: 'TLSUntrusted',
  TLSExpired: 'TLSUntrusted',
  TLSNotYetValid: 'TLSUntrusted',
  TLSVersionRefused: 'TLSUntrusted',
  TLSClientCertificateWanted: 'TLSUntrusted',
  ResponseTimeout: 'ClusterUnreachable',
  BodyTooLarge: 'ProviderMismatch',
  ProtocolError: 'ProviderMismatch',
}

const errorAnswer = z.object({ Code: z.string().regex(/^[A-Za-z0-9]{1,64}$/) })

/** What an answer other than 2xx means. The message holds nothing of the answer but its code. */
export function statusError(purpose: string, endpoint: URL, response: HttpResponse): ProviderError {
  const { status } = response
  const answered = answeredCode(response)
  const what = `Could not ${purpose} at ${endpoint.host}`
  const meaning = answered === undefined ? undefined : meanings[answered]
  if (answered !== undefined && meaning !== undefined) {
    return new AdminApiError(meaning.code, `${what}: ${meaning.text}.`, answered)
  }
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    return new ProviderError('ClusterUnreachable', `${what}: the server is not ready (HTTP ${status}).`)
  }
  if (answered !== undefined) {
    const code = status >= 500 ? 'ClusterUnreachable' : 'ApplyFailed'
    return new AdminApiError(code, `${what}: the server answered ${answered} (HTTP ${status}).`, answered)
  }
  // Older servers refuse to show their metrics so.
  if (status === 401 || status === 403) {
    return new ProviderError(
      'PermissionDenied',
      `${what}: HTTP ${status} without a reason of MinIO; the access key lacks admin:Prometheus, or a proxy in between refuses.`,
    )
  }
  return mismatch(purpose, endpoint)
}

/** No answer came. */
export function transportError(purpose: string, endpoint: URL, error: TransportError): ProviderError {
  return new ProviderError(transportCodes[error.code], `Could not ${purpose} at ${endpoint.host}: ${error.message}`, {
    cause: error,
  })
}

/** An answer that is not MinIO's. */
export function mismatch(purpose: string, endpoint: URL, cause?: unknown): ProviderError {
  return new ProviderError(
    'ProviderMismatch',
    `Could not ${purpose}: ${endpoint.host} does not answer as MinIO does. Check \`spec.endpoints\`: it must be the S3 endpoint with the right scheme, not the console or another service.`,
    { cause },
  )
}

/**
 * The `Code` of an error answer, when it is one of MinIO's: JSON from the admin API, XML from what stands before it, such as the
 * check of the request's date.
 */
function answeredCode(response: HttpResponse): string | undefined {
  const text = Buffer.from(response.body).toString('utf8')
  const xml = /<Error><Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)
  if (xml !== null) return xml[1]
  const parsed = errorAnswer.safeParse(parseJson(text))
  return parsed.success ? parsed.data.Code : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
