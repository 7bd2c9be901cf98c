import { X509Certificate } from 'node:crypto'

import { expect, it } from 'vitest'

import { createCertificateAuthority, openCertificateAuthority } from './certificates.ts'

it('issues certificates that its own certificate verifies, and no other', () => {
  const authority = createCertificateAuthority({ commonName: 'A' })
  const stranger = createCertificateAuthority({ commonName: 'B' })
  const root = new X509Certificate(authority.certPem)
  const leaf = new X509Certificate(authority.issue({ commonName: 'x' }).certPem)
  expect(root.ca).toBe(true)
  expect(leaf.ca).toBe(false)
  expect(leaf.checkIssued(root)).toBe(true)
  expect(leaf.verify(root.publicKey)).toBe(true)
  expect(leaf.verify(new X509Certificate(stranger.certPem).publicKey)).toBe(false)
})

it('writes names, addresses and times as asked', () => {
  const leaf = createCertificateAuthority({ commonName: 'A' }).issue({
    commonName: 'server',
    dnsNames: ['a.example', '*.b.example'],
    ipAddresses: ['127.0.0.1', '::1', 'fd00:1:2:3:4:5:6:7'],
    notBefore: new Date('2020-01-02T03:04:05Z'),
    notAfter: new Date('2060-01-02T03:04:05Z'),
  })
  const certificate = new X509Certificate(leaf.certPem)
  expect(certificate.subject).toBe('CN=server')
  expect(certificate.checkHost('c.b.example')).toBe('*.b.example')
  for (const address of ['127.0.0.1', '::1', 'fd00:1:2:3:4:5:6:7']) expect(certificate.checkIP(address)).toBe(address)
  expect(new Date(certificate.validFrom).toISOString()).toBe('2020-01-02T03:04:05.000Z')
  expect(new Date(certificate.validTo).toISOString()).toBe('2060-01-02T03:04:05.000Z')
})

it('issues for a user with groups, whom no address belongs to', () => {
  const authority = createCertificateAuthority({ commonName: 'A' })
  const { certPem } = authority.issue({ commonName: 'jane', organizations: ['admins', 'users'] })
  const certificate = new X509Certificate(certPem)
  expect(certificate.subject).toBe('O=admins\nO=users\nCN=jane')
  expect(certificate.subjectAltName).toBeUndefined()
})

it('goes on to issue in the name of an authority that was made elsewhere', () => {
  const { certPem, keyPem } = createCertificateAuthority({ commonName: 'A' })
  const opened = openCertificateAuthority({ commonName: 'A', certPem, keyPem })
  const leaf = new X509Certificate(opened.issue({ commonName: 'x' }).certPem)
  const root = new X509Certificate(certPem)
  expect(leaf.checkIssued(root)).toBe(true)
  expect(leaf.verify(root.publicKey)).toBe(true)
})
