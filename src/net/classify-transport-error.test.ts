import { describe, expect, it } from 'vitest'

import { classifyTransportError, type ExchangePhase } from './classify-transport-error.ts'
import { TransportError } from './transport-error.ts'

function coded(code: string, message = 'canary', cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code })
}

describe('what a failed exchange is called', () => {
  const cases: readonly { name: string; given: unknown; phase?: ExchangePhase; want: string }[] = [
    { name: 'ENOTFOUND', given: coded('ENOTFOUND'), want: 'DNSFailed' },
    { name: 'EAI_AGAIN', given: coded('EAI_AGAIN'), want: 'DNSFailed' },
    { name: 'ECONNREFUSED', given: coded('ECONNREFUSED'), want: 'ConnectionRefused' },
    { name: 'EHOSTUNREACH', given: coded('EHOSTUNREACH'), want: 'ConnectionRefused' },
    { name: 'ECONNRESET', given: coded('ECONNRESET'), want: 'ConnectionReset' },
    { name: 'EPIPE', given: coded('EPIPE'), want: 'ConnectionReset' },
    { name: 'a socket closed', given: coded('UND_ERR_SOCKET'), want: 'ConnectionReset' },
    {
      name: 'an answer to no question',
      given: Object.assign(coded('UND_ERR_SOCKET'), { message: 'bad response' }),
      want: 'ProtocolError',
    },
    { name: 'ETIMEDOUT', given: coded('ETIMEDOUT'), want: 'ConnectTimeout' },
    { name: 'a connect time-out', given: coded('UND_ERR_CONNECT_TIMEOUT'), want: 'ConnectTimeout' },
    { name: 'a header time-out', given: coded('UND_ERR_HEADERS_TIMEOUT'), want: 'ResponseTimeout' },
    { name: 'a body time-out', given: coded('UND_ERR_BODY_TIMEOUT'), want: 'ResponseTimeout' },
    { name: 'no HTTP', given: coded('HPE_INVALID_CONSTANT'), want: 'ProtocolError' },
    { name: 'an unknown issuer', given: coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), want: 'TLSUntrusted' },
    { name: 'a self-signed root', given: coded('SELF_SIGNED_CERT_IN_CHAIN'), want: 'TLSUntrusted' },
    { name: 'a self-signed certificate', given: coded('DEPTH_ZERO_SELF_SIGNED_CERT'), want: 'TLSUntrusted' },
    { name: 'another name', given: coded('ERR_TLS_CERT_ALTNAME_INVALID'), want: 'TLSNameMismatch' },
    { name: 'expired', given: coded('CERT_HAS_EXPIRED'), want: 'TLSExpired' },
    { name: 'not yet valid', given: coded('CERT_NOT_YET_VALID'), want: 'TLSNotYetValid' },
    { name: 'a version alert', given: coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), want: 'TLSVersionRefused' },
    {
      name: 'a handshake alert, as OpenSSL 3.5 spells it',
      given: coded('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'),
      want: 'TLSVersionRefused',
    },
    {
      name: 'a version alert under EPROTO',
      given: coded(
        'EPROTO',
        'write EPROTO 00A0:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:',
      ),
      want: 'TLSVersionRefused',
    },
    {
      name: 'a client certificate wanted',
      given: coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      want: 'TLSClientCertificateWanted',
    },
    { name: 'plain HTTP on a TLS port', given: coded('ERR_SSL_WRONG_VERSION_NUMBER'), want: 'ProtocolError' },
    {
      name: 'the cause of a cause',
      given: new Error('x', { cause: coded('UNKNOWN', '', coded('ECONNREFUSED')) }),
      want: 'ConnectionRefused',
    },
    { name: 'one of several addresses', given: new AggregateError([coded('ENETUNREACH')]), want: 'ConnectionRefused' },
    { name: 'the unknown while connecting', given: new Error('x'), phase: 'Connecting', want: 'ConnectionReset' },
    { name: 'the unknown while answering', given: new Error('x'), phase: 'Answering', want: 'ProtocolError' },
    { name: 'no error at all', given: 'x', phase: 'Answering', want: 'ProtocolError' },
  ]
  it.each(cases)('$name is $want', ({ given, phase = 'Answering', want }) => {
    const got = classifyTransportError(given, 'h.example:8088', phase)
    expect(got.code).toBe(want)
    expect(got.message).toMatch(/^h\.example:8088: /)
    expect(got.message).not.toContain('canary')
    expect(got.cause).toBe(given)
  })

  it('keeps what was classified already, however deep', () => {
    const known = new TransportError('EndpointNotAllowed', 'no')
    expect(classifyTransportError(new Error('x', { cause: known }), 'h', 'Connecting')).toBe(known)
  })

  it('ends with causes that go round in a circle', () => {
    const error = new Error('x')
    error.cause = error
    expect(classifyTransportError(error, 'h', 'Answering').code).toBe('ProtocolError')
  })
})
