import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A certificate and its key, both PEM. */
export interface IssuedCertificate {
  readonly certPem: string
  readonly keyPem: string
}

export interface Validity {
  /** @default an hour ago */
  readonly notBefore?: Date
  /** @default in 90 days */
  readonly notAfter?: Date
}

export interface CertificateRequest extends Validity {
  readonly commonName: string
  /** To Kubernetes: the groups of the user that the common name names. */
  readonly organizations?: readonly string[]
  readonly dnsNames?: readonly string[]
  /** IPv4, or IPv6 written in full. */
  readonly ipAddresses?: readonly string[]
}

/** A CA for tests, made in memory: what it issues is trusted by nobody who was not told to. */
export interface CertificateAuthority extends IssuedCertificate {
  /** A certificate for servers and clients alike. */
  issue(request: CertificateRequest): IssuedCertificate
}

/** Makes a self-signed CA with a P-256 key (RFC 5280; no serial number or name is shared between two of them). */
export function createCertificateAuthority(options: Validity & { readonly commonName: string }): CertificateAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer: Signer = { name: options.commonName, key: keys.privateKey }
  const extensions = [
    extension(oids.basicConstraints, sequence(boolean(true))),
    extension(oids.keyUsage, bits([keyUsages.certificateSign, keyUsages.crlSign])),
  ]
  const certPem = certify(issuer, { ...options, publicKey: keys.publicKey, extensions })
  return openCertificateAuthority({ commonName: options.commonName, certPem, keyPem: pemOf(keys.privateKey) })
}

/** A server certificate that nobody issued but its own key, as servers make it for themselves. It is its own trust anchor. */
export function createSelfSignedCertificate(request: CertificateRequest): IssuedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return issueLeaf({ name: request.commonName, key: privateKey }, request, { publicKey, privateKey })
}

/** Issues in the name of a CA that was made before, in another process for example. */
export function openCertificateAuthority(
  authority: IssuedCertificate & { readonly commonName: string },
): CertificateAuthority {
  const issuer: Signer = { name: authority.commonName, key: createPrivateKey(authority.keyPem) }
  return {
    certPem: authority.certPem,
    keyPem: authority.keyPem,
    issue: (request) => issueLeaf(issuer, request, generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  }
}

function issueLeaf(
  issuer: Signer,
  request: CertificateRequest,
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
): IssuedCertificate {
  const extensions = [
    extension(oids.keyUsage, bits([keyUsages.digitalSignature])),
    extension(oids.extendedKeyUsage, sequence(oid(oids.serverAuth), oid(oids.clientAuth))),
    ...alternativeNames(request),
  ]
  return { certPem: certify(issuer, { ...request, publicKey, extensions }), keyPem: pemOf(privateKey) }
}

interface Signer {
  readonly name: string
  readonly key: KeyObject
}

interface Subject extends Validity {
  readonly commonName: string
  readonly organizations?: readonly string[]
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

/** Bit numbers of RFC 5280 4.2.1.3. */
const keyUsages = { digitalSignature: 0, certificateSign: 5, crlSign: 6 } as const

const hour = 3_600_000

function certify(issuer: Signer, subject: Subject): string {
  const { notBefore = new Date(Date.now() - hour), notAfter = new Date(Date.now() + 90 * 24 * hour) } = subject
  const algorithm = sequence(oid(oids.ecdsaWithSha256))
  const serial = randomBytes(16)
  // Positive, and without a leading zero byte: DER knows one form of a number.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject.commonName, subject.organizations),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...subject.extensions)),
  )
  const signature = sign('sha256', body, issuer.key)
  const der = sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function distinguishedName(commonName: string, organizations: readonly string[] = []): Buffer {
  const attribute = (id: string, text: string): Buffer =>
    tagged(0x31, sequence(oid(id), tagged(0x0c, Buffer.from(text))))
  return sequence(
    ...organizations.map((organization) => attribute(oids.organization, organization)),
    attribute(oids.commonName, commonName),
  )
}

/** None for a client without an address: Go refuses an extension that is critical and empty. */
function alternativeNames({ dnsNames = [], ipAddresses = [] }: CertificateRequest): readonly Buffer[] {
  const names = [
    ...dnsNames.map((text) => tagged(0x82, Buffer.from(text))),
    ...ipAddresses.map((text) => tagged(0x87, addressBytes(text))),
  ]
  return names.length === 0 ? [] : [extension(oids.subjectAlternativeName, sequence(...names))]
}

function addressBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number))
  const [head = [], tail] = text.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const groups =
    tail === undefined ? [...head] : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

/** Critical ones, which every verifier must understand, do no harm in tests, so that all are. */
function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), boolean(true), tagged(0x04, value))
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  // RFC 5280 4.1.2.5: two digits of the year until 2049, four from then on.
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits))
}

function bits(set: readonly number[]): Buffer {
  const byte = set.reduce((value, bit) => value | (0x80 >> bit), 0)
  return tagged(0x03, Buffer.from([7 - Math.max(...set), byte]))
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): readonly number[] {
  const groups = [value & 0x7f]
  for (let left = value >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
  return groups
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts)
}

/** Tag, length and content (X.690 8.1). */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 0x80 ? [content.length] : longLength(content.length)
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

function longLength(length: number): readonly number[] {
  const bytes: number[] = []
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 0xff)
  return [0x80 | bytes.length, ...bytes]
}
