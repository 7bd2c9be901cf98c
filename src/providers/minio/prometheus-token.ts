import { createHmac } from 'node:crypto'

import { Secret } from '../../observability/secret.ts'

/**
 * The bearer token that MinIO's metrics ask for: a JWT signed with HS512 by the secret key, issuer `prometheus`
 * (minio cmd/metrics-router.go). Claims stand in the order `mc admin prometheus generate` writes them.
 * @param expiresAt seconds since the epoch
 */
export function prometheusToken(options: {
  readonly accessKey: string
  readonly secretKey: Secret
  readonly expiresAt: number
}): Secret {
  const { accessKey, secretKey, expiresAt } = options
  const content = `${part({ alg: 'HS512', typ: 'JWT' })}.${part({ exp: expiresAt, sub: accessKey, iss: 'prometheus' })}`
  const signature = createHmac('sha512', secretKey.reveal()).update(content).digest('base64url')
  return new Secret(`${content}.${signature}`)
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
