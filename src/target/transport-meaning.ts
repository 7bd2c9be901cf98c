import type { TargetReason } from '../api/reasons.ts'
import type { TransportErrorCode } from '../net/transport-error.ts'
import type { Meaning } from './hec-codes.ts'
import type { VerdictClass } from './verdict.ts'

const table: Readonly<Record<TransportErrorCode, readonly [VerdictClass, TargetReason, string]>> = {
  DNSFailed: ['transient', 'DNSFailed', 'cannot be found by name: look at the host of the endpoint and at DNS'],
  ConnectionRefused: ['transient', 'ConnectionRefused', 'refuses connections: look whether it runs, and at the port'],
  ConnectionReset: ['transient', 'ConnectionReset', 'broke the connection off'],
  ConnectTimeout: [
    'transient',
    'ConnectTimeout',
    'does not answer connection attempts: look at firewalls and network policies on the way',
  ],
  ResponseTimeout: ['transient', 'ResponseTimeout', 'took the request but did not answer in time'],
  TLSUntrusted: [
    'misconfigured',
    'TLSUntrusted',
    'shows a certificate of no trusted CA: give its CA in `tls.caCertificateRef`, and to the S3 cluster too',
  ],
  TLSNameMismatch: [
    'misconfigured',
    'TLSNameMismatch',
    'shows a certificate for another name: correct the certificate, the endpoint or `tls.serverName`',
  ],
  TLSExpired: ['misconfigured', 'TLSExpired', 'shows an expired certificate, or one of an expired CA: renew it'],
  TLSNotYetValid: ['misconfigured', 'TLSNotYetValid', 'shows a certificate that is not valid yet: look at clocks'],
  TLSVersionRefused: [
    'misconfigured',
    'TLSVersionRefused',
    'broke off the TLS handshake: no version or cipher in common, or it wants a client certificate',
  ],
  TLSClientCertificateWanted: [
    'misconfigured',
    'TLSClientCertificateWanted',
    'wants a client certificate, which the operator does not send',
  ],
  EndpointNotAllowed: [
    'misconfigured',
    'EndpointNotAllowed',
    'has an address that the operator must not connect to: see --allow-endpoint-cidr',
  ],
  ProtocolError: [
    'misconfigured',
    'NotAnEventCollector',
    'does not speak the protocol of the endpoint: look at its scheme and port',
  ],
  BodyTooLarge: [
    'misconfigured',
    'NotAnEventCollector',
    'answers with far more than an event collector would: look at host, port and path of the endpoint',
  ],
}

/** What it means that no answer came: whether waiting helps or a human, and what that human should look at. */
export function transportMeaning(code: TransportErrorCode): Meaning {
  const [verdictClass, reason, text] = table[code]
  return { class: verdictClass, reason, text }
}
