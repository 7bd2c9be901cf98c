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

/** What happens to a cluster, on demand. `reset` of the harness ends all of it. */
export interface ClusterFaults {
  /** The next write takes effect, and its answer is lost with the connection. */
  readonly loseAnswerOfNextWrite: () => Promise<void>
  /** No node answers. */
  readonly stopAllNodes: () => Promise<void>
  /** One of several nodes is gone. @returns its number */
  readonly stopOneNode: () => Promise<number>
  /** It is back; resolves when it serves. */
  readonly startThatNode: () => Promise<void>
  /** An upgrade has come half way: one node is in the middle of it, and not all others tell the same version. */
  readonly upgradeHalf: () => Promise<void>
  /** The administrator's account is locked after too many failed logins. */
  readonly lockOut: () => Promise<void>
  /** The password in use ends to be valid. */
  readonly changePassword: () => Promise<void>
  /**
   * The target of the suite's first endpoint takes nothing, and every node gets some events that have to wait for it.
   * @returns the names of all nodes, sorted
   */
  readonly holdEvents: () => Promise<readonly string[]>
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
  /** How many nodes answer for the cluster. */
  readonly nodes: number
  /** Back to a fresh cluster: no webhook, no fault, valid credentials, counters at zero. */
  reset(): Promise<void>
  /**
   * A provider with a session of its own; the suite disposes of it. Its logs go to `written`.
   * @param node the only one it knows; absent: it knows all of them
   */
  createProvider(account: Account, node?: number): AuditWebhookProvider
  /** Undefined when nothing is configured. */
  stored(): Promise<StoredWebhook | undefined>
  /** Configures the webhook as an administrator would by hand. */
  changeByHand(webhook: StoredWebhook): Promise<void>
  /** Calls that changed the setting since the last reset, those by hand left out; undefined where the cluster cannot count them. */
  writes(): number | undefined
  /** All that the providers logged, and what the cluster keeps of their calls where it keeps a log, as one text. */
  written(): string
  /** Those that the backend does not list as lacking. */
  readonly faults: Partial<ClusterFaults>
}

/**
 * A provider and a cluster to prove it against. A file in `backends` exports some of them as `backends`; that is all a new
 * provider needs to be run and to stand in the table of the docs.
 */
export interface ConformanceBackend {
  /** Begins with the provider's name: head of a column, and name of the run. */
  readonly name: string
  /** What stands in for the cluster, as a sentence of Markdown. */
  readonly description: string
  /** What cannot happen to this cluster, each with the reason, in Markdown: cases that need it are not run. */
  readonly lacks: Readonly<Partial<Record<keyof ClusterFaults, string>>>
  readonly start: () => Promise<ProviderHarness>
}
