import { TransportError, type TransportErrorCode } from './transport-error.ts'

/** How far the exchange had come: what a bare time-out means depends on it. */
export type ExchangePhase = 'Connecting' | 'Answering'

/**
 * Turns whatever a failed exchange threw into a TransportError; one that is a TransportError already is kept.
 * Codes: Node's `errors` and `tls` pages, OpenSSL's X509_V_ERR and alert names (RFC 8446 6), undici's `UND_ERR_*`, llhttp's `HPE_*`.
 * @param where host and port, for the message
 */
export function classifyTransportError(error: unknown, where: string, phase: ExchangePhase): TransportError {
  const chain = causes(error)
  const known = chain.find((link) => link instanceof TransportError)
  if (known !== undefined) return known
  const code = chain.map(codeOf).find((found) => found !== undefined) ?? fallback(phase)
  return new TransportError(code, `${where}: ${descriptions[code]}`, { cause: error })
}

/** Plain words for each code: what was seen, without a word of the peer's own. */
const descriptions: Readonly<Record<TransportErrorCode, string>> = {
  EndpointNotAllowed: 'the operator does not connect to this address',
  DNSFailed: 'the name cannot be resolved',
  ConnectionRefused: 'the connection was refused',
  ConnectionReset: 'the connection was closed before the answer',
  ConnectTimeout: 'no connection within the time-out',
  TLSUntrusted: 'the certificate is not signed by a trusted CA',
  TLSNameMismatch: 'the certificate is for another name',
  TLSExpired: 'the certificate or one of its issuers has expired',
  TLSNotYetValid: 'the certificate or one of its issuers is not valid yet',
  TLSVersionRefused: 'no TLS version or cipher in common, or a client certificate is wanted',
  TLSClientCertificateWanted: 'a client certificate is wanted',
  ResponseTimeout: 'no complete answer within the time-out',
  BodyTooLarge: 'the answer is larger than what is read',
  ProtocolError: 'the answer is not the protocol that was spoken',
}

const exactCodes: Readonly<Record<string, TransportErrorCode>> = {
  ENOTFOUND: 'DNSFailed',
  EAI_AGAIN: 'DNSFailed',
  EAI_FAIL: 'DNSFailed',
  EAI_NODATA: 'DNSFailed',
  EAI_NONAME: 'DNSFailed',
  ENODATA: 'DNSFailed',
  ESERVFAIL: 'DNSFailed',
  ECONNREFUSED: 'ConnectionRefused',
  // A firewall that rejects answers so, and so does a missing route: nobody is there, and it is known at once.
  EHOSTUNREACH: 'ConnectionRefused',
  ENETUNREACH: 'ConnectionRefused',
  EHOSTDOWN: 'ConnectionRefused',
  EADDRNOTAVAIL: 'ConnectionRefused',
  EACCES: 'ConnectionRefused',
  EPERM: 'ConnectionRefused',
  ECONNRESET: 'ConnectionReset',
  ECONNABORTED: 'ConnectionReset',
  EPIPE: 'ConnectionReset',
  UND_ERR_SOCKET: 'ConnectionReset',
  UND_ERR_DESTROYED: 'ConnectionReset',
  UND_ERR_CLOSED: 'ConnectionReset',
  UND_ERR_ABORTED: 'ConnectionReset',
  UND_ERR_PRX_CONN: 'ConnectionReset',
  ETIMEDOUT: 'ConnectTimeout',
  UND_ERR_CONNECT_TIMEOUT: 'ConnectTimeout',
  UND_ERR_HEADERS_TIMEOUT: 'ResponseTimeout',
  UND_ERR_BODY_TIMEOUT: 'ResponseTimeout',
  UND_ERR_HEADERS_OVERFLOW: 'BodyTooLarge',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'BodyTooLarge',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ProtocolError',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLSNameMismatch',
  ERR_TLS_CERT_ALTNAME_FORMAT: 'TLSNameMismatch',
  HOSTNAME_MISMATCH: 'TLSNameMismatch',
  UND_ERR_PRX_TLS: 'TLSNameMismatch',
  CERT_HAS_EXPIRED: 'TLSExpired',
  CERT_NOT_YET_VALID: 'TLSNotYetValid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLSUntrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLSUntrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'TLSUntrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLSUntrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLSUntrusted',
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: 'TLSUntrusted',
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: 'TLSUntrusted',
  CERT_SIGNATURE_FAILURE: 'TLSUntrusted',
  CERT_UNTRUSTED: 'TLSUntrusted',
  CERT_REJECTED: 'TLSUntrusted',
  CERT_REVOKED: 'TLSUntrusted',
  CERT_CHAIN_TOO_LONG: 'TLSUntrusted',
  PATH_LENGTH_EXCEEDED: 'TLSUntrusted',
  INVALID_CA: 'TLSUntrusted',
  INVALID_PURPOSE: 'TLSUntrusted',
  ERROR_IN_CERT_NOT_BEFORE_FIELD: 'TLSUntrusted',
  ERROR_IN_CERT_NOT_AFTER_FIELD: 'TLSUntrusted',
}

/**
 * What OpenSSL reports, in order: older Node gives code EPROTO and the words in the message, newer ones `ERR_SSL_` and the same
 * words. An alert about *our* certificate can only mean that one is wanted, for we send none.
 */
const opensslWords: readonly (readonly [words: RegExp, code: TransportErrorCode])[] = [
  [/ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNKNOWN_CA)/, 'TLSClientCertificateWanted'],
  [/ALERT_(PROTOCOL_VERSION|INSUFFICIENT_SECURITY|HANDSHAKE_FAILURE)/, 'TLSVersionRefused'],
  [/UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE|NO_SHARED_CIPHER|NO_CIPHERS/, 'TLSVersionRefused'],
  [/DH_KEY_TOO_SMALL|LEGACY_SIGALG|UNSAFE_LEGACY_RENEGOTIATION/, 'TLSVersionRefused'],
  [/(EE|CA)_KEY_TOO_SMALL|MD_TOO_WEAK|CERTIFICATE_VERIFY_FAILED/, 'TLSUntrusted'],
  [/ALERT_UNRECOGNIZED_NAME/, 'TLSNameMismatch'],
]

function codeOf(error: Error): TransportErrorCode | undefined {
  const raw = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // undici's words for an answer that does not belong to the question: 100 and 101, which were not asked for.
  if (raw === 'UND_ERR_SOCKET' && /^bad (response|upgrade)$/.test(error.message)) return 'ProtocolError'
  const exact = exactCodes[raw]
  if (exact !== undefined) return exact
  if (raw === 'EPROTO' || raw.startsWith('ERR_SSL_')) {
    const words = `${raw} ${error.message}`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')
    return opensslWords.find(([pattern]) => pattern.test(words))?.[1] ?? 'ProtocolError'
  }
  if (raw.startsWith('HPE_')) return 'ProtocolError'
  return undefined
}

/** What is left: the peer broke the connection off, or said something that nothing above knows. */
function fallback(phase: ExchangePhase): TransportErrorCode {
  return phase === 'Connecting' ? 'ConnectionReset' : 'ProtocolError'
}

/** The error, its causes, and the errors that an AggregateError gathers (one per address tried). Bounded against cycles. */
function causes(error: unknown): readonly Error[] {
  const found: Error[] = []
  const waiting: unknown[] = [error]
  while (waiting.length > 0 && found.length < 16) {
    const next = waiting.shift()
    if (!(next instanceof Error) || found.includes(next)) continue
    found.push(next)
    waiting.push(next.cause)
    if (next instanceof AggregateError) waiting.push(...(next.errors as readonly unknown[]))
  }
  return found
}
