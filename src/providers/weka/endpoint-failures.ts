import type { TransportErrorCode } from '../../net/transport-error.ts'
import { TransportError } from '../../net/transport-error.ts'
import { ProviderError, type ProviderErrorCode } from '../provider-error.ts'

/** What one endpoint did instead of answering: a transport failure, or a status that means "ask another one". */
export interface EndpointFailure {
  readonly host: string
  readonly cause: TransportError | { readonly status: number }
}

const shown = 3

/**
 * One error for a call that no endpoint answered. Failures stand in the order of the endpoints, not of the tries, so that the
 * message stays the same from pass to pass.
 */
export function unreachableError(
  failures: readonly EndpointFailure[],
  endpoints: readonly URL[],
  options: { readonly retryAfterMilliseconds?: number } = {},
): ProviderError {
  const ordered = endpoints.flatMap(({ host }) => failures.filter((failure) => failure.host === host).slice(-1))
  const code = codeOf(ordered)
  const more = ordered.length > shown ? `; and ${ordered.length - shown} more` : ''
  const what = ordered.slice(0, shown).map(describe).join('; ')
  const cause = ordered.map((failure) => failure.cause).find((cause) => cause instanceof TransportError)
  return new ProviderError(code, `No answer from the WEKA cluster: ${what}${more}. ${remedies[code] ?? ''}`.trim(), {
    ...options,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Whether the request cannot have reached the cluster, so that sending it elsewhere does nothing twice. */
export function neverArrived(error: TransportError): boolean {
  return classes[error.code] !== 'Unknown'
}

type FailureClass = 'NotAllowed' | 'Unreached' | 'TLS' | 'Unknown'

const classes: Readonly<Record<TransportErrorCode, FailureClass>> = {
  EndpointNotAllowed: 'NotAllowed',
  DNSFailed: 'Unreached',
  ConnectionRefused: 'Unreached',
  ConnectTimeout: 'Unreached',
  TLSUntrusted: 'TLS',
  TLSNameMismatch: 'TLS',
  TLSExpired: 'TLS',
  TLSNotYetValid: 'TLS',
  TLSVersionRefused: 'TLS',
  TLSClientCertificateWanted: 'TLS',
  ConnectionReset: 'Unknown',
  ResponseTimeout: 'Unknown',
  BodyTooLarge: 'Unknown',
  ProtocolError: 'Unknown',
}

/** What a human can mend is told before what may pass by itself. */
function codeOf(failures: readonly EndpointFailure[]): ProviderErrorCode {
  const codes = failures.map(({ cause }) => (cause instanceof TransportError ? cause.code : undefined))
  const kinds = codes.map((code) => (code === undefined ? undefined : classes[code]))
  if (kinds.includes('TLS')) return 'TLSUntrusted'
  if (kinds.length > 0 && kinds.every((kind) => kind === 'NotAllowed')) return 'EndpointNotAllowed'
  if (codes.length > 0 && codes.every((code) => code === 'ProtocolError' || code === 'BodyTooLarge')) {
    return 'ProviderMismatch'
  }
  return 'ClusterUnreachable'
}

function describe({ host, cause }: EndpointFailure): string {
  // A TransportError's message begins with host and port already.
  return cause instanceof TransportError ? cause.message : `${host}: it answered with status ${cause.status}`
}

const remedies: Readonly<Partial<Record<ProviderErrorCode, string>>> = {
  TLSUntrusted:
    'Set `spec.tls.caCertificateRef` to the CA of the cluster, or `spec.tls.serverName` to a name in its certificate.',
  ClusterUnreachable: 'Check the endpoints and the network path from the operator to their ports.',
  ProviderMismatch: 'Check scheme and port of the endpoints: the management API of WEKA listens on https, port 14000.',
}
