import type { S3AuditWebhookStatus } from '../../src/api/s3-audit-webhook-status.ts'
import type { ApiServer } from '../../test/integration/api/api-server.ts'
import { webhooksPath } from '../support/resources.ts'

/** What the API server says of all webhooks at one time. */
export interface WebhookSnapshot {
  readonly ready: number
  /** By `namespace/name`. */
  readonly statuses: ReadonlyMap<string, StatusDigest>
}

export interface StatusDigest {
  /** All but `lastTest`, as text. */
  readonly steady: string
  /** Id of the last test event. */
  readonly lastTest: string | undefined
}

interface Page {
  readonly metadata: { readonly continue?: string }
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly name: string }
    readonly status?: S3AuditWebhookStatus
  }[]
}

export async function readWebhooks(apiServer: ApiServer): Promise<WebhookSnapshot> {
  const statuses = new Map<string, StatusDigest>()
  let ready = 0
  let next = ''
  do {
    const { status: code, body } = await apiServer.send('GET', `${webhooksPath}?limit=500&continue=${next}`)
    if (code !== 200) throw new Error(`${webhooksPath} answered ${code}`)
    const page = body as Page
    for (const { metadata, status } of page.items) {
      const { lastTest, ...steady } = status ?? { observedGeneration: -1 }
      if (steady.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true) ready++
      statuses.set(`${metadata.namespace}/${metadata.name}`, { steady: JSON.stringify(steady), lastTest: lastTest?.id })
    }
    next = page.metadata.continue ?? ''
  } while (next !== '')
  return { ready, statuses }
}

/** The webhooks whose status differs in more than `lastTest`. */
export function unsteady(before: WebhookSnapshot, after: WebhookSnapshot): readonly string[] {
  return [...after.statuses].flatMap(([key, { steady }]) => (before.statuses.get(key)?.steady === steady ? [] : [key]))
}
