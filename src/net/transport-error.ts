/**
 * Why an HTTP exchange gave no answer. One closed list: conditions, metrics and docs use these words as reasons.
 * `ResponseTimeout` also stands for a body that stalled; `BodyTooLarge` for one over the caller's bound.
 */
export const transportErrorCodes = [
  'EndpointNotAllowed',
  'DNSFailed',
  'ConnectionRefused',
  'ConnectionReset',
  'ConnectTimeout',
  'TLSUntrusted',
  'TLSNameMismatch',
  'TLSExpired',
  'TLSNotYetValid',
  'TLSVersionRefused',
  'TLSClientCertificateWanted',
  'ResponseTimeout',
  'BodyTooLarge',
  'ProtocolError',
] as const
export type TransportErrorCode = (typeof transportErrorCodes)[number]

/** No answer came. The message names host and port, never a path, a query or a header: those can hold keys. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportErrorCode

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
