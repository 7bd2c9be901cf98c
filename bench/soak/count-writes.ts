import { auditedRequests } from './audited-requests.ts'
import type { SoakResult } from './soak-result.ts'
import type { WebhookSnapshot } from './webhook-snapshot.ts'

const userAgentPrefix = 's3-audit-operator/'
const readVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const maximumExamples = 20

/**
 * What the operator asked of the API server between two times. A status patch counts as one of `lastTest` when the webhook has
 * another `lastTest` than before, only that differs, and it is the only patch of that webhook: bodies are not in the audit log.
 */
export async function countWrites(options: {
  readonly auditLogPath: string
  readonly from: Date
  readonly to: Date
  readonly before: WebhookSnapshot
  readonly after: WebhookSnapshot
}): Promise<Pick<SoakResult, 'writes' | 'reads'>> {
  const { auditLogPath, from, to, before, after } = options
  const reads: Record<string, number> = {}
  const others: string[] = []
  const tested = new Set<string>()
  let lease = 0
  for await (const { verb, objectRef } of auditedRequests(auditLogPath, { userAgentPrefix, from, to })) {
    const { resource = '', subresource, namespace = '', name = '' } = objectRef ?? {}
    const key = `${namespace}/${name}`
    const what = subresource === undefined ? resource : `${resource}/${subresource}`
    if (readVerbs.has(verb)) reads[`${verb} ${what}`] = (reads[`${verb} ${what}`] ?? 0) + 1
    else if (resource === 'leases') lease++
    else if (what === 's3auditwebhooks/status' && !tested.has(key) && hasNewTest(key, before, after)) tested.add(key)
    else others.push(`${verb} ${what} ${key}`)
  }
  return {
    writes: { lease, lastTest: tested.size, others: others.length, examples: others.slice(0, maximumExamples) },
    reads,
  }
}

function hasNewTest(key: string, before: WebhookSnapshot, after: WebhookSnapshot): boolean {
  const [was, is] = [before.statuses.get(key), after.statuses.get(key)]
  return was !== undefined && was.steady === is?.steady && was.lastTest !== is.lastTest
}
