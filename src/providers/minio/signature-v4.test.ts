import { expect, test } from 'vitest'

import { Secret } from '../../observability/secret.ts'
import { signRequest } from './signature-v4.ts'

const credentials = { accessKey: 'minioadmin', secretKey: new Secret('minioadmin') }
const time = Date.UTC(2026, 10, 20, 12, 27, 37)

test('a request is signed byte for byte as madmin-go signs it', () => {
  const url = new URL('http://127.0.0.1:46019/minio/admin/v3/get-config-kv?key=audit_webhook%3At1')
  expect(signRequest({ method: 'GET', url, body: new Uint8Array(), time }, credentials)).toEqual({
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-amz-date': '20261120T122737Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=minioadmin/20261120//s3/aws4_request, ' +
      'SignedHeaders=host;x-amz-content-sha256;x-amz-date, ' +
      'Signature=cabf1691e24f0d82a5170b6dbbb843f6ad9ec470aba0684c52e336e36e974e0c',
  })
})

test('a session token is sent and signed', () => {
  const url = new URL('http://127.0.0.1:46019/minio/admin/v3/info')
  const sessionToken = new Secret('canary')
  const headers = signRequest({ method: 'GET', url, body: new Uint8Array(), time }, { ...credentials, sessionToken })
  expect(headers['x-amz-security-token']).toBe(sessionToken)
  expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token')
  expect(JSON.stringify(headers)).not.toContain('canary')
})
