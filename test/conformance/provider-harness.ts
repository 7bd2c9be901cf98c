import type { AuditWebhookProvider, WebhookKey } from '../../src/providers/provider.ts'

/** Whose credentials a provider is made with. */
export type Account = 'Administrator' | 'WrongPassword' | 'WithoutPermission'

/** The webhook as the cluster itself holds it, looked up around the provider. */
export interface StoredWebhook {
  readonly endpoint: string
  readonly enabled: boolean
  /** The `Authorization` value that events are sent with; undefined: none. */
  readonly authorization: string | undefined
}

/**
 * What goes wrong, on demand. A member that is absent does not apply to the cluster, and its cases are skipped by name.
 * `reset` of the harness ends every fault.
 */
export interface ProviderFaults {
  /** The next write takes effect, and its answer is lost with the connection. */
  readonly loseAnswerOfNextWrite?: () => Promise<void>
  /** No node answers. */
  readonly stopAllNodes?: () => Promise<void>
  /** One of several nodes refuses connections. */
  readonly stopOneNode?: () => Promise<void>
  /** The administrator's account is locked after too many failed logins. */
  readonly lockOut?: () => Promise<void>
  /** The password in use ends to be valid. */
  readonly changePassword?: () => Promise<void>
}

/**
 * One S3 cluster, real or simulated, that the provider-neutral suite runs against. It is started once for the suite and
 * reset before each case.
 */
export interface ProviderHarness extends AsyncDisposable {
  /** The webhook that the suite owns. */
  readonly webhook: WebhookKey
  /** Two endpoints that the cluster takes. */
  readonly endpoints: readonly [first: string, second: string]
  /** Back to a fresh cluster: no webhook, no fault, valid credentials, counters at zero. */
  reset(): Promise<void>
  /** A provider with a session of its own; the suite disposes of it. Its logs go to `written`. */
  createProvider(account: Account): AuditWebhookProvider
  /** Undefined when nothing is configured. */
  stored(): Promise<StoredWebhook | undefined>
  /** Configures the webhook as an administrator would by hand. */
  changeByHand(webhook: StoredWebhook): Promise<void>
  /** Calls that changed the setting since the last reset, those by hand left out; undefined where the cluster cannot count them. */
  writes(): number | undefined
  /** All that the providers logged, and what the cluster keeps of their calls where it keeps a log, as one text. */
  written(): string
  readonly faults: ProviderFaults
}
