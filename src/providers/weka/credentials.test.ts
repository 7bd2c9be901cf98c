import { describe, expect, it } from 'vitest'

import { parseWekaCredentials } from './credentials.ts'

const complete = {
  username: 'admin',
  password: 's3cret\n',
  organization: 'Root',
  endpoints: '10.0.0.1:14000',
  scheme: 'https',
}

function data(values: Record<string, string>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new TextEncoder().encode(value)]))
}

describe('what a Secret of the CSI driver says', () => {
  const cases: readonly { name: string; given: Record<string, string>; spec?: string[]; want: object }[] = [
    { name: 'all keys', given: complete, want: { endpoints: ['https://10.0.0.1:14000/'], organization: 'Root' } },
    {
      name: 'org instead of organization',
      given: { ...complete, organization: '', org: ' team ' },
      want: { endpoints: ['https://10.0.0.1:14000/'], organization: 'team' },
    },
    {
      name: 'no organization',
      given: { ...complete, organization: '' },
      want: { endpoints: ['https://10.0.0.1:14000/'], organization: 'Root' },
    },
    {
      name: 'several endpoints, commas and line breaks, without ports',
      given: { ...complete, endpoints: 'weka-1, weka-2:35000\n\nweka-3\r\n[fd00::1],' },
      want: {
        endpoints: [
          'https://weka-1:14000/',
          'https://weka-2:35000/',
          'https://weka-3:14000/',
          'https://[fd00::1]:14000/',
        ],
        organization: 'Root',
      },
    },
    {
      name: 'http, and a scheme in front of an entry',
      given: { ...complete, scheme: 'HTTP', endpoints: 'weka-1,https://weka-2/' },
      want: { endpoints: ['http://weka-1:14000/', 'https://weka-2:14000/'], organization: 'Root' },
    },
    {
      name: 'no scheme',
      given: { ...complete, scheme: '' },
      want: { endpoints: ['https://10.0.0.1:14000/'], organization: 'Root' },
    },
    {
      name: "endpoints of the spec before those of the Secret, whose scheme doesn't count",
      given: { ...complete, scheme: 'http' },
      spec: ['https://weka.example.com', 'https://weka.example.com:443'],
      want: { endpoints: ['https://weka.example.com:14000/', 'https://weka.example.com/'], organization: 'Root' },
    },
  ]
  it.each(cases)('$name', ({ given, spec = [], want }) => {
    const parsed = parseWekaCredentials(data(given), spec)
    if ('problem' in parsed) expect.fail(parsed.problem.message)
    const { endpoints, credentials } = parsed
    expect({ endpoints: endpoints.map(String), organization: credentials.organization }).toEqual(want)
    expect([credentials.username, credentials.password.reveal()]).toEqual(['admin', 's3cret'])
  })

  it('gives the CA certificate when there is one', () => {
    expect(parseWekaCredentials(data(complete), [])).toHaveProperty('caCertificate', undefined)
    const withCa = { ...complete, caCertificate: '\n-----BEGIN CERTIFICATE-----\n' }
    expect(parseWekaCredentials(data(withCa), [])).toHaveProperty('caCertificate', '-----BEGIN CERTIFICATE-----')
  })
})

describe('what is wrong with a Secret', () => {
  const { username: _username, ...withoutUsername } = complete
  const cases = [
    { name: 'no user name', given: withoutUsername, want: 'SecretKeyMissing', says: "'username'" },
    { name: 'a blank password', given: { ...complete, password: ' \n' }, want: 'SecretKeyMissing', says: "'password'" },
    {
      name: 'no endpoints',
      given: { ...complete, endpoints: ' ,\n' },
      want: 'EndpointMissing',
      says: '`spec.endpoints`',
    },
    { name: 'another scheme', given: { ...complete, scheme: 'ftp' }, want: 'InvalidSpec', says: "'scheme'" },
    { name: 'a path', given: { ...complete, endpoints: 'a,b/api/v2' }, want: 'InvalidSpec', says: 'entry 2' },
    {
      name: 'a user in the URL',
      given: { ...complete, endpoints: 'https://u:p@a' },
      want: 'InvalidSpec',
      says: 'entry 1',
    },
    { name: 'no host', given: { ...complete, endpoints: ':14000' }, want: 'InvalidSpec', says: 'entry 1' },
    {
      name: 'too many endpoints',
      given: { ...complete, endpoints: Array.from({ length: 17 }, (_, index) => `weka-${index}`).join(',') },
      want: 'InvalidSpec',
      says: 'at most 16',
    },
  ]
  it.each(cases)('$name', ({ given, want, says }) => {
    const parsed = parseWekaCredentials(data(given), [])
    if (!('problem' in parsed)) expect.fail('It was accepted')
    expect(parsed.problem.reason).toBe(want)
    expect(parsed.problem.message).toContain(says)
    expect(parsed.problem.message).not.toContain('s3cret')
  })
})
