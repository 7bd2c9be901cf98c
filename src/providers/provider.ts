import type { Secret } from '../observability/secret.ts'

/** Proves address and credentials: `id` never changes during a cluster's life (WEKA guid, MinIO deployment id). */
export interface ClusterIdentity {
  readonly id: string
  readonly name: string
  readonly version: string
}

export interface CallOptions {
  readonly signal: AbortSignal
}

/** Which webhook of the cluster is meant. WEKA has only one and ignores the name; on MinIO it is the target's name. */
export interface WebhookKey {
  readonly targetName: string
}

/**
 * The token as the cluster shows it. `Hidden`: there is one, its value cannot be read; `setElsewhere` when the cluster tells that
 * somebody else has set the webhook since this instance did, or since it first looked: then it may be another one.
 */
export type ObservedToken =
  | { readonly kind: 'Shown'; readonly value: Secret }
  | { readonly kind: 'Hidden'; readonly setElsewhere?: boolean }
  | { readonly kind: 'None' }

/** The webhook as the cluster has it. `Absent`: nothing is configured under this key. */
export type ObservedWebhook =
  | { readonly state: 'Absent' }
  | {
      readonly state: 'Present'
      readonly endpoint: string
      readonly enabled: boolean
      readonly token: ObservedToken
      /** Provider-specific settings in the cluster's own words (MinIO: `queue_size`, ...), defaults included. */
      readonly settings: Readonly<Record<string, string>>
      /** Settings fixed by the cluster's environment: what is written to them has no effect. Names only. */
      readonly overrides: readonly string[]
    }

export interface DesiredWebhook {
  readonly endpoint: string
  readonly enabled: boolean
  /** The whole `Authorization` value, scheme word included; absent: none is sent. */
  readonly authorization: Secret | undefined
  /** As in ObservedWebhook; a key left out goes back to the server's default. */
  readonly settings: Readonly<Record<string, string>>
}

/** One node's view of its sending to the webhook. Counters restart at zero with the node and with each change. */
export interface NodeDelivery {
  readonly node: string
  readonly online: boolean
  readonly queuedEvents: number
  readonly capacityEvents: number
  /** Failed attempts, retries included: not a loss count. */
  readonly failedAttempts: number
  /**
   * Messages put into the queue plus messages taken out of it, and once each one that found no room, since the last restart or
   * change: an event that was sent has counted twice.
   */
  readonly handledMessages: number
}

export interface DeliveryReport {
  readonly nodes: readonly NodeDelivery[]
  /** How old the figures of some node can be; absent: they are of this moment. */
  readonly maximumAgeMilliseconds?: number
  /** This version of the cluster tells nothing about delivery, so that no node is named. */
  readonly notReported?: boolean
  /** Events also wait where the cluster does not count them (a directory on its nodes): an empty queue proves nothing then. */
  readonly uncountedStore?: boolean
}

export interface DeliveryOptions extends CallOptions {
  /** Figures of this moment wherever the cluster has them, at the cost of a call to each of its endpoints. */
  readonly fresh?: boolean
  /** Makes every node that an endpoint leads to send an event of its own afterwards, by which the next report can be judged. */
  readonly provoke?: boolean
}

/**
 * What the operator asks of one kind of S3 cluster. One instance serves one S3Cluster and holds its session.
 * Every method throws ProviderError, or the signal's reason when aborted.
 */
export interface AuditWebhookProvider extends AsyncDisposable {
  identify(options: CallOptions): Promise<ClusterIdentity>
  read(webhook: WebhookKey, options: CallOptions): Promise<ObservedWebhook>
  /** Idempotent: safe to repeat after an unknown outcome. Resolves when the cluster serves with the new setting. */
  apply(webhook: WebhookKey, desired: DesiredWebhook, options: CallOptions): Promise<void>
  /** Takes the webhook away, or switches it off where the cluster knows no removal. Absent already: done. */
  remove(webhook: WebhookKey, options: CallOptions): Promise<void>
  /** Absent where the cluster tells nothing about delivery. */
  delivery?(webhook: WebhookKey, options: DeliveryOptions): Promise<DeliveryReport>
  /**
   * S3 requests per minute at one node as they are usual, 1 or more: each makes an audit event as a rule. Undefined while the cluster
   * has told none, for whatever reason; no ProviderError is thrown. May be called with every read-back: it sends one request at
   * most. Absent where deliveries tell the rate.
   */
  eventRate?(options: CallOptions): Promise<number | undefined>
}
