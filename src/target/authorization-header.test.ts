import { describe, expect, it } from 'vitest'

import type { AuthScheme } from '../api/s3-audit-webhook.ts'
import { Secret } from '../observability/secret.ts'
import { buildAuthorization, normaliseToken } from './authorization-header.ts'

describe('a token from a Secret', () => {
  it.each([
    { name: 'as it is', given: 'abc-123', want: 'abc-123' },
    { name: 'a line end', given: 'abc\n', want: 'abc' },
    { name: 'blanks and a Windows line end', given: '  abc \r\n', want: 'abc' },
    { name: 'double quotes', given: '"abc"\n', want: 'abc' },
    { name: 'single quotes', given: "'abc'", want: 'abc' },
    { name: 'only one layer of quotes', given: `"'abc'"`, want: "'abc'" },
    { name: 'a quote on one side is part of it', given: '"abc', want: '"abc' },
    { name: 'quotes around a header', given: '"Splunk abc"', want: 'Splunk abc' },
    { name: 'a byte order mark', given: '\u{feff}abc', want: 'abc' },
    { name: '4 KiB', given: 'x'.repeat(4_096), want: 'x'.repeat(4_096) },
  ])('$name', ({ given, want }) => {
    for (const value of [given, Buffer.from(given)].filter((value) => value.length <= 4_096)) {
      const got = normaliseToken(value)
      expect('token' in got && got.token.reveal()).toBe(want)
    }
  })

  it.each([
    { name: 'empty', given: '', want: 'empty' },
    { name: 'blank', given: ' \n', want: 'empty' },
    { name: 'empty quotes', given: '""', want: 'empty' },
    { name: 'a key file', given: '-----BEGIN KEY-----\ncanary\n-----END KEY-----', want: 'several lines' },
    { name: 'two lines with \\r', given: 'canary\rcanary', want: 'several lines' },
    { name: 'a control character', given: 'canary\u0000', want: 'no header' },
    { name: 'a letter beyond ASCII', given: 'canarý', want: 'no header' },
    { name: 'no UTF-8', given: Buffer.from([0x63, 0xff, 0xfe]), want: 'no header' },
    { name: 'more than 4 KiB', given: 'canary'.repeat(700), want: '4 KiB' },
  ])('$name is refused, without a word of it', ({ given, want }) => {
    const got = normaliseToken(given)
    expect('problem' in got && got.problem).toContain(want)
    expect(JSON.stringify(got)).not.toContain('canary')
  })
})

describe('the Authorization header', () => {
  it.each<{ scheme: AuthScheme; token: string; want: string }>([
    { scheme: 'Splunk', token: 'abc', want: 'Splunk abc' },
    { scheme: 'Splunk', token: 'Splunk abc', want: 'Splunk abc' },
    { scheme: 'Splunk', token: 'splunk  abc', want: 'Splunk abc' },
    { scheme: 'Splunk', token: 'splunkabc', want: 'Splunk splunkabc' },
    { scheme: 'Splunk', token: 'Bearer abc', want: 'Splunk Bearer abc' },
    { scheme: 'Bearer', token: 'abc', want: 'Bearer abc' },
    { scheme: 'Bearer', token: 'BEARER abc', want: 'Bearer abc' },
    { scheme: 'Verbatim', token: 'ApiKey abc', want: 'ApiKey abc' },
    { scheme: 'Verbatim', token: 'splunk abc', want: 'splunk abc' },
  ])('$scheme with "$token" is "$want"', ({ scheme, token, want }) => {
    expect(buildAuthorization({ scheme, token: new Secret(token) }).reveal()).toBe(want)
  })
})
