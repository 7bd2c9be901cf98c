import type { S3AuditWebhook, S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { Secret } from '../../observability/secret.ts'
import type { ProviderError } from '../../providers/provider-error.ts'
import type { DesiredWebhook, ObservedWebhook } from '../../providers/provider.ts'
import type { ClusterState } from '../s3cluster/cluster-state.ts'
import type { Gate } from './gate.ts'
import type { RepairHistory } from './repairs.ts'

/** Which version of which Secret a token came from: shown in status, and enough to notice a rotation after a restart. */
export interface TokenSource {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** The `Authorization` value the spec asks for. `None`: the spec names no Secret. */
export type TokenInput =
  | { readonly state: 'None' }
  | { readonly state: 'Ready'; readonly authorization: Secret; readonly source: TokenSource }
  | {
      readonly state: 'Problem'
      readonly reason: 'SecretNotFound' | 'SecretKeyMissing' | 'TokenMalformed' | 'ReadForbidden'
      readonly message: string
    }

/** The webhook as the cluster has it: read in this pass or, when nothing was due, in an earlier one. */
export type ObservationInput =
  | { readonly state: 'NotRead' }
  | { readonly state: 'Read'; readonly webhook: ObservedWebhook }
  | { readonly state: 'Failed'; readonly error: ProviderError }

/** What this process applied last or found in force, in memory only: the one place where a token is kept. */
export interface InForce {
  readonly endpoint: string
  readonly authorization: Secret | undefined
}

/** Everything a pass decides on, read once. */
export interface WebhookInputs {
  readonly resource: S3AuditWebhook
  readonly spec: S3AuditWebhookSpec
  /** Of the webhook on the cluster; empty where it has no name, or while the cluster is not connected. */
  readonly targetName: string
  readonly cluster: ClusterState
  readonly token: TokenInput
  /** Set when another resource owns the same webhook of the same cluster. */
  readonly owner: { readonly namespace: string; readonly name: string } | undefined
  readonly observation: ObservationInput
  /** What the spec asks for; absent while the token has a problem. */
  readonly desired: DesiredWebhook | undefined
  readonly inForce: InForce | undefined
  readonly repairs: RepairHistory
  /** Somebody else changed the webhook of this very wish, found in an earlier pass and not repaired since. */
  readonly openDrift: boolean
  /** What the target said of exactly this desired setting. */
  readonly gate: Gate
  /** Milliseconds since the epoch. */
  readonly now: number
}
