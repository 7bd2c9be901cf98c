import type { TargetReason } from '../../src/api/reasons.ts'
import type { ReasonText } from './reason-text.ts'

const wait = 'Nothing at first: the target should recover. If it lasts, look at its load and its logs.'

/** Reasons of `TargetReachable`, of `.status.target` and of `.status.lastTest`. */
export const targetReasonTexts: Readonly<Record<TargetReason, ReasonText>> = {
  Accepted: { meaning: 'The target accepted a test event (level 3).', remedy: '' },
  Healthy: {
    meaning: 'The target is healthy and, where that was tested, takes the token (levels 0 to 2).',
    remedy: '',
  },
  CapacityWarning: {
    meaning: 'The target accepts events but says that its queue is nearly full.',
    remedy: 'Give the target more capacity before it refuses.',
  },
  SlowResponses: {
    meaning: "The 95th percentile of the answers takes more than half of the S3 sender's time-out.",
    remedy: 'Look at the load of the target and at the network on the way.',
  },
  CertificateExpiring: {
    meaning: "The target's certificate ends in less than 21 days.",
    remedy: 'Renew it.',
  },
  DNSFailed: {
    meaning: 'The host of the endpoint cannot be resolved.',
    remedy: 'Correct the host, or DNS as the operator sees it.',
  },
  ConnectionRefused: {
    meaning: 'Nothing listens at this host and port.',
    remedy: 'Start the target; check the port.',
  },
  ConnectionReset: {
    meaning: 'The connection was broken off before the answer.',
    remedy: 'Look at the target, and at load balancers and proxies before it.',
  },
  ConnectTimeout: {
    meaning: 'Connection attempts get no answer.',
    remedy: 'Look at firewalls and network policies between the operator and the target.',
  },
  CAInvalid: {
    meaning: 'The CA bundle of `spec.tls.caCertificateRef` is not there or holds no PEM certificates.',
    remedy: 'Correct the object or key named in the message. The system roots are never used in its place.',
  },
  TLSUntrusted: {
    meaning: 'The certificate of the target is signed by no trusted CA.',
    remedy: 'Give the CA in `spec.tls.caCertificateRef`, and make sure that the S3 cluster trusts it too.',
  },
  TLSNameMismatch: {
    meaning: 'The certificate is for another name than the host of the endpoint.',
    remedy: 'Correct the certificate or the endpoint; for the tests alone `spec.tls.serverName`.',
  },
  TLSExpired: { meaning: 'The certificate, or one of its chain, has expired.', remedy: 'Renew it.' },
  TLSNotYetValid: {
    meaning: 'The certificate is not valid yet.',
    remedy: 'Check the clocks of target and node, and the certificate.',
  },
  TLSVersionRefused: {
    meaning: 'The TLS handshake failed: no common version or cipher, or the target wants a client certificate.',
    remedy: 'Enable TLS 1.2 or later on the target.',
  },
  TLSClientCertificateWanted: {
    meaning: 'The target wants a client certificate, which the operator does not send.',
    remedy: 'Switch that off for this endpoint, or test without the operator (`probe.mode: Disabled`).',
  },
  ResponseTimeout: {
    meaning: 'The target took the request but did not answer within `spec.probe.timeoutSeconds`.',
    remedy: 'Look at its load. The S3 cluster gives up too.',
  },
  ServerError: { meaning: 'The target, or a proxy before it, answers 5xx.', remedy: 'Look at the logs of the target.' },
  ShuttingDown: { meaning: 'The collector is shutting down.', remedy: 'Nothing, unless it lasts.' },
  AckUnavailable: { meaning: "The collector's acknowledgment service is away.", remedy: wait },
  AuthenticationRefused: {
    meaning: '401 or 403 without a HEC answer: the target or a proxy before it refuses the authorization.',
    remedy: 'Check the token, `spec.authScheme`, and proxies that ask for credentials of their own.',
  },
  ServerBusy: { meaning: 'The target is busy, or away behind a load balancer (503).', remedy: wait },
  QueuesFull: { meaning: "The collector's queues are full.", remedy: 'Look at the indexers behind the collector.' },
  Throttled: {
    meaning: 'The target asks senders to slow down (429). No test events are sent meanwhile.',
    remedy: 'Give the target more capacity.',
  },
  TokenInvalid: {
    meaning: 'The target does not know the token.',
    remedy: 'Correct the token in the Secret, or create it in the target.',
  },
  TokenDisabled: {
    meaning: 'The target knows the token, but it is disabled there.',
    remedy: 'Enable it in the target, or use another.',
  },
  TokenMissing: { meaning: 'The target wants a token and none is sent.', remedy: 'Set `spec.authTokenSecretRef`.' },
  TokenSchemeInvalid: {
    meaning: 'The target cannot read the Authorization header.',
    remedy: 'Check `spec.authScheme`: a Splunk HEC wants `Splunk`.',
  },
  IndexNotAllowed: {
    meaning: 'The token may not write to the index of the endpoint, or to the default one.',
    remedy: 'Allow the index for the token in the target, or name another in the endpoint.',
  },
  ChannelRequired: {
    meaning: 'The token has indexer acknowledgment on and wants a channel, which S3 clusters do not send.',
    remedy: 'Use a token without indexer acknowledgment.',
  },
  ChannelInvalid: {
    meaning: 'The collector refuses the channel in the query of the endpoint.',
    remedy: 'Take it out of the endpoint.',
  },
  AckDisabled: {
    meaning: 'The endpoint asks for acknowledgments, which the token has disabled.',
    remedy: 'Use the path `/services/collector/raw` without `ack`.',
  },
  QueryTokenRefused: {
    meaning: 'The collector refuses a token in the query of the endpoint.',
    remedy: 'Take it out of the endpoint and use `spec.authTokenSecretRef`.',
  },
  EventWrapperMissing: {
    meaning:
      'The path wants events in a wrapper (`{"event": ...}`), which S3 clusters do not make. Every audit event is refused.',
    remedy: 'Use the path `/services/collector/raw`.',
  },
  PayloadRejected: {
    meaning: 'The target refuses the event: its shape, not its sender.',
    remedy: 'Check path and `spec.targetType`; look at the logs of the target.',
  },
  PayloadTooLarge: {
    meaning: 'The target finds even a test event of a few hundred bytes too large (413).',
    remedy: 'Raise the limit of the target or of the proxy before it.',
  },
  WrongPath: {
    meaning: 'Nothing is at the path of the endpoint (404, 405, 410), or only the health of the collector.',
    remedy: 'Correct the endpoint.',
  },
  Redirected: {
    meaning:
      'The target redirects (3xx). Redirects are never followed: a sender that does may lose the body of the POST without an error.',
    remedy: 'Use the URL that it leads to, slash at the end included.',
  },
  NotAnEventCollector: {
    meaning: 'What answers is no event collector: a web page, another protocol, or far too much text.',
    remedy: 'Check scheme, host, port and path of the endpoint, and proxies before it.',
  },
  EndpointNotAllowed: {
    meaning: 'The endpoint leads to an address that the [address guard](operations.md#the-address-guard) refuses.',
    remedy: 'Correct the endpoint or its DNS record, or allow the address with `--allow-endpoint-cidr`.',
  },
  NotTested: {
    meaning: 'Not tested yet, not tested because of `probe.mode: Disabled`, or the spec is invalid.',
    remedy: '',
  },
  Disabled: { meaning: 'Not tested while `spec.enabled` is false.', remedy: '' },
  Suspended: { meaning: 'Not tested while `spec.suspend` is true.', remedy: '' },
}
