import { X509Certificate } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { createCertificateAuthority } from '../../test/support/certificates.ts'
import { parseCaBundle } from './ca-bundle.ts'

const first = createCertificateAuthority({ commonName: 'First CA' })
const second = createCertificateAuthority({ commonName: 'Second CA' })
const leaf = first.issue({ commonName: 'leaf', dnsNames: ['leaf.example'], ipAddresses: [] })
const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

function subjects(text: string): readonly string[] {
  const bundle = parseCaBundle(text)
  if ('problem' in bundle) return [bundle.problem]
  const pems = bundle.pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return pems.map((pem) => new X509Certificate(pem).subject)
}

describe('a CA bundle', () => {
  it.each([
    { name: 'one certificate', given: first.certPem, want: ['CN=First CA'] },
    { name: 'several', given: first.certPem + second.certPem, want: ['CN=First CA', 'CN=Second CA'] },
    {
      name: 'without a line end at its end',
      given: first.certPem.trim() + '\n' + second.certPem.trim(),
      want: ['CN=First CA', 'CN=Second CA'],
    },
    { name: 'with Windows line ends', given: first.certPem.replaceAll('\n', '\r\n'), want: ['CN=First CA'] },
    {
      name: 'with words in between',
      given: `# root\n${first.certPem}subject: x\n${second.certPem}`,
      want: ['CN=First CA', 'CN=Second CA'],
    },
    { name: 'with one that cannot be parsed', given: garbage + second.certPem, want: ['CN=Second CA'] },
    { name: 'a pinned certificate of a server', given: leaf.certPem, want: ['CN=leaf'] },
  ])('$name', ({ given, want }) => {
    expect(subjects(given)).toEqual(want)
  })

  it.each([
    { name: 'nothing', given: ' \n', want: 'empty' },
    { name: 'words', given: 'hello', want: 'no PEM block' },
    {
      name: 'base64 without its header',
      given: first.certPem.split('\n').slice(1, -2).join('\n'),
      want: 'no PEM block',
    },
    { name: 'half a certificate', given: first.certPem.slice(0, 200), want: 'no PEM block' },
    { name: 'another kind of block', given: garbage.replaceAll('CERTIFICATE', 'PUBLIC KEY'), want: 'no certificate' },
    { name: 'only what cannot be parsed', given: garbage, want: 'can be parsed' },
    { name: 'a private key beside the certificate', given: leaf.certPem + leaf.keyPem, want: 'private key' },
    {
      name: 'an encrypted private key',
      given: '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n',
      want: 'private key',
    },
    { name: 'more than 1 MiB', given: first.certPem.repeat(3_000), want: '1 MiB' },
  ])('$name is a problem that is named', ({ given, want }) => {
    const bundle = parseCaBundle(given)
    expect('problem' in bundle && bundle.problem).toContain(want)
    expect('problem' in bundle && bundle.problem.length).toBeLessThan(150)
  })
})
