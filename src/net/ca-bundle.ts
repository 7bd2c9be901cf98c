import { X509Certificate } from 'node:crypto'

/** The certificates of the bundle in PEM and nothing else; or what is wrong, in a clause about "it". */
export type CaBundle = { readonly pem: string } | { readonly problem: string }

/** The size of a Secret or ConfigMap is limited to 1 MiB by the API server. */
const maximumCharacters = 1024 * 1024

const pemBlock = /-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----/g
/** Found by its first line alone: an encrypted key has headers, a truncated one no end. */
const privateKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/

/**
 * Reads a bundle of CA certificates in PEM (RFC 7468). Text between the blocks is ignored, as are certificates that cannot be
 * parsed while another one can. A private key is refused: it has no business there, and the message tells so without any of it.
 */
export function parseCaBundle(text: string): CaBundle {
  if (text.trim() === '') return { problem: 'it is empty' }
  if (text.length > maximumCharacters) return { problem: 'it is larger than 1 MiB' }
  if (privateKey.test(text)) {
    return { problem: 'it holds a private key: store the CA certificates alone, and treat that key as disclosed' }
  }
  const blocks = [...text.matchAll(pemBlock)].map(([pem, label = '']) => ({ pem, label }))
  const candidates = blocks.filter(({ label }) => label.endsWith('CERTIFICATE'))
  if (candidates.length === 0) {
    const other = blocks[0]?.label
    return {
      problem:
        other === undefined
          ? 'it holds no PEM block (-----BEGIN CERTIFICATE-----): DER and base64 without the header are not read'
          : 'it holds PEM blocks but no certificate',
    }
  }
  const certificates = candidates.flatMap(({ pem }) => parsed(pem))
  if (certificates.length === 0) return { problem: 'it holds no certificate that can be parsed' }
  return { pem: certificates.join('') }
}

function parsed(pem: string): readonly string[] {
  try {
    return [new X509Certificate(pem).toString()]
  } catch {
    return []
  }
}
