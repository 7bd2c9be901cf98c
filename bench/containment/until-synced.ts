import { setTimeout as sleep } from 'node:timers/promises'

import type { S3AuditWebhookStatus } from '../../src/api/s3-audit-webhook-status.ts'
import type { ApiServer } from '../../test/integration/api/api-server.ts'
import { type Reference, webhooksPath } from '../support/resources.ts'
import { quantile } from '../support/statistics.ts'
import type { SyncTimes } from './containment-result.ts'

interface Webhook {
  readonly metadata: Reference
  readonly status?: S3AuditWebhookStatus
}

const lookMilliseconds = 200
/** Then something stands still, and waiting longer would not tell what. */
const patienceSeconds = 600

/**
 * Waits until all of the webhooks are Synced.
 * @param options.since of `performance.now()`; times count from then.
 * @param options.tokenVersions resourceVersion of the Secret whose token is to be in force, by namespace; undefined: any will do.
 * @throws Error when that takes more than ten minutes.
 */
export async function untilSynced(options: {
  readonly apiServer: ApiServer
  readonly webhooks: readonly Reference[]
  readonly since: number
  readonly tokenVersions: ReadonlyMap<string, string> | undefined
}): Promise<SyncTimes> {
  const { apiServer, webhooks, since, tokenVersions } = options
  const open = new Set(webhooks.map(keyOf))
  const times: number[] = []
  for (;;) {
    const { body } = await apiServer.send('GET', `${webhooksPath}?resourceVersion=0`)
    const seconds = (performance.now() - since) / 1000
    const { items } = body as { readonly items: readonly Webhook[] }
    for (const webhook of items) {
      if (isSynced(webhook, tokenVersions) && open.delete(keyOf(webhook.metadata))) times.push(seconds)
    }
    if (open.size === 0) break
    if (seconds > patienceSeconds) throw new Error(`${open.size} of ${webhooks.length} are not Synced`)
    await sleep(lookMilliseconds)
  }
  const at = (share: number): number => Math.round(quantile(times, share) * 100) / 100
  return { p50: at(0.5), p99: at(0.99), all: at(1) }
}

function isSynced({ metadata, status }: Webhook, tokenVersions: ReadonlyMap<string, string> | undefined): boolean {
  const synced = status?.conditions?.some(({ type, status: is }) => type === 'Synced' && is === 'True') === true
  if (!synced || tokenVersions === undefined) return synced
  return status.applied?.tokenSecret?.resourceVersion === tokenVersions.get(metadata.namespace)
}

function keyOf({ namespace, name }: Reference): string {
  return `${namespace}/${name}`
}
