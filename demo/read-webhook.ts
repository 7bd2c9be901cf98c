import { findCondition, type Condition } from '../src/api/conditions.ts'
import type { S3AuditWebhookStatus } from '../src/api/s3-audit-webhook-status.ts'
import { namespace } from './manifests.ts'
import type { Narrator } from './narrator.ts'

/** As much of an S3AuditWebhook as the demonstration looks at. */
export interface WebhookView {
  readonly metadata: { readonly generation: number }
  readonly status: S3AuditWebhookStatus
}

export async function readWebhook(narrator: Narrator, name: string): Promise<WebhookView> {
  return JSON.parse(await narrator.quiet(['get', 's3auditwebhook', name, '-n', namespace, '-o', 'json'])) as WebhookView
}

export function condition(webhook: WebhookView, type: string): Condition | undefined {
  return findCondition(webhook.status.conditions ?? [], type)
}
