import { expect, test } from 'vitest'

import { isSecretName, maskSecrets } from './mask-secrets.ts'

const canary = 'c4n4ry-0f-a/t0ken+x='

test.each<{ name: string; given: string; want?: string }>([
  { name: 'a HEC header', given: `Splunk ${canary}`, want: 'Splunk [redacted]' },
  { name: 'a bearer header in lower case', given: `bearer ${canary}`, want: 'bearer [redacted]' },
  { name: 'basic credentials', given: `Basic ${canary}`, want: 'Basic [redacted]' },
  { name: 'a token of letters only', given: 'Bearer canary', want: 'Bearer [redacted]' },
  {
    name: 'a header line',
    given: `a\nAuthorization: Verbatim ${canary} more\nb`,
    want: 'a\nAuthorization: [redacted]\nb',
  },
  { name: 'a header in JSON', given: `{"authorization":"${canary}"}` },
  { name: 'a header of curl', given: `-H 'Authorization: Splunk ${canary}'` },
  { name: 'a proxy header', given: `Proxy-Authorization: ${canary}` },
  { name: 'another header', given: `X-Auth-Token: ${canary}`, want: 'X-Auth-Token: [redacted]' },
  { name: 'a cookie', given: `Set-Cookie: session=${canary}; Path=/` },
  {
    name: 'a query parameter',
    given: `https://h/x?token=${canary}&a=1`,
    want: 'https://h/x?token=[redacted]&a=1',
  },
  { name: 'a signed query', given: `?X-Amz-Signature=${canary}` },
  { name: 'a quoted setting', given: `auth_token="Splunk ${canary}" queue=1`, want: 'auth_token=[redacted] queue=1' },
  {
    name: 'a setting with a scheme and without quotes',
    given: `auth_token=Splunk ${canary} queue=1`,
    want: 'auth_token=[redacted] queue=1',
  },
  {
    name: 'JSON in JSON',
    given: JSON.stringify({ body: JSON.stringify({ a: 1, auth_token: `${canary}"${canary}` }) }),
  },
  {
    name: 'a field of JSON',
    given: `{"sessionToken": "${canary}\\"${canary}"}`,
    want: '{"sessionToken": "[redacted]"}',
  },
  { name: 'a field of JSON that was cut', given: `{"password":"${canary}` },
  { name: 'a password in prose', given: `password: ${canary}` },
  {
    name: 'user information',
    given: `https://me:${canary.replace('/', '')}@host/path`,
    want: 'https://[redacted]@host/path',
  },
  { name: 'a JSON Web Token', given: 'x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjNG40cnkifQ.c4n4ry y', want: 'x [redacted] y' },
  {
    name: 'a private key',
    given: `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----\nrest`,
    want: '[redacted]\nrest',
  },
  { name: 'a private key that was cut', given: `-----BEGIN PRIVATE KEY-----\n${canary}` },
])('masks $name', ({ given, want }) => {
  const masked = maskSecrets(given)
  expect(masked).not.toContain('c4n4ry')
  expect(masked).toContain('[redacted]')
  if (want !== undefined) expect(masked).toBe(want)
})

test.each([
  'The target splunk.example.com:8088 accepts events.',
  'look at `authScheme`, Splunk for a HEC',
  'a Splunk HEC answers',
  'Bearer authentication failed',
  'GET https://host:9000/minio/admin/v3/info?metrics=1',
  'at readToken (file:///app/src/secret.ts:12:3)',
  'Status changed',
])('leaves %j alone', (text) => {
  expect(maskSecrets(text)).toBe(text)
})

test.each([
  'a'.repeat(8192),
  'token-'.repeat(1400),
  'a://'.repeat(2000),
  '"'.repeat(8192),
  'Bearer'.padEnd(8192),
  '\\'.repeat(8192),
  'token=Splunk '.repeat(630),
  '-----BEGIN PRIVATE KEY-----'.repeat(300),
])('takes no longer than a moment for hostile text %#', (text) => {
  const started = performance.now()
  maskSecrets(text)
  expect(performance.now() - started).toBeLessThan(1000)
})

test('knows names that hide values', () => {
  for (const name of ['token', 'auth_token', 'sessionToken', 'Authorization', 'secretKey', 'x-api-key', 'password']) {
    expect(isSecretName(name), name).toBe(true)
  }
  for (const name of ['name', 'secretAccess', 'tokenSecretName', 'namespace', 'endpoint', 'code']) {
    expect(isSecretName(name), name).toBe(false)
  }
})
