import { createHash, createHmac } from 'node:crypto'

import type { Secret } from '../../observability/secret.ts'

export interface SigningCredentials {
  readonly accessKey: string
  readonly secretKey: Secret
  /** Of temporary credentials (STS). */
  readonly sessionToken?: Secret
}

export interface SignableRequest {
  readonly method: string
  readonly url: URL
  readonly body: Uint8Array
  /** Milliseconds since the epoch. */
  readonly time: number
}

/**
 * The headers that sign a request to MinIO's admin API: AWS Signature Version 4 in the Authorization header, service `s3`, and an
 * empty region, as madmin-go signs; the server takes any region there. The hash is that of the body as sent, sealed.
 */
export function signRequest(
  request: SignableRequest,
  credentials: SigningCredentials,
): Record<string, string | Secret> {
  const { method, url, body, time } = request
  const { accessKey, secretKey, sessionToken } = credentials
  const stamp = new Date(time).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const date = stamp.slice(0, 8)
  const scope = `${date}//s3/aws4_request`
  const bodyHash = sha256(body)
  const signed: readonly (readonly [string, string])[] = [
    ['host', url.host],
    ['x-amz-content-sha256', bodyHash],
    ['x-amz-date', stamp],
    ...(sessionToken === undefined ? [] : [['x-amz-security-token', sessionToken.reveal()] as const]),
  ]
  const names = signed.map(([name]) => name).join(';')
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url),
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    bodyHash,
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')
  const key = [date, '', 's3', 'aws4_request'].reduce<Uint8Array>(
    (previous, part) => hmac(previous, part),
    Buffer.from(`AWS4${secretKey.reveal()}`),
  )
  const signature = Buffer.from(hmac(key, text)).toString('hex')
  return {
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': stamp,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** RFC 3986: what encodeURIComponent leaves alone beyond the unreserved characters is encoded too. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest()
}
