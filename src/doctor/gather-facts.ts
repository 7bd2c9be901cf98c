import { parseS3AuditWebhookSpec, type S3AuditWebhook, s3AuditWebhookType } from '../api/s3-audit-webhook.ts'
import { parseS3ClusterSpec, type S3Cluster, s3ClusterType } from '../api/s3-cluster.ts'
import { configMapType, createReferenceReader, type ReferenceReader, secretType } from '../controllers/references.ts'
import { gatherToken } from '../controllers/s3auditwebhook/gather.ts'
import { targetSpec } from '../controllers/s3auditwebhook/target-tests.ts'
import { resolveCluster } from '../controllers/s3cluster/resolve-cluster.ts'
import { resolveTrust } from '../controllers/trust.ts'
import { isNotFound } from '../kube/api-error.ts'
import type { Clock } from '../kube/clock.ts'
import { type Lease, leaseType } from '../kube/lease.ts'
import { listObjects } from '../kube/objects.ts'
import { type KubernetesObject, objectKey, objectName, resourceLabel, type ResourceType } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'
import type { TargetTester } from '../target/ladder.ts'
import { type Access, createAccess, describeWish, type Wish } from './access.ts'
import type { Check, ClusterFacts, Facts, LeaseFact, WebhookFacts } from './facts.ts'

export interface GatherOptions {
  readonly client: RestClient
  /** Empty: all namespaces. */
  readonly namespace: string
  /** Of the one resource that is looked at; undefined: all. */
  readonly name: string | undefined
  readonly leaseName: string
  /** Where the Lease is; undefined: it is looked for. */
  readonly leaseNamespace: string | undefined
  /** Climbs the ladder; undefined: targets are not asked. */
  readonly tester: TargetTester | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What may not be read. */
class NotAllowedError extends Error {
  override readonly name = 'NotAllowedError'
}

/** Webhooks looked at at a time. */
const workers = 8

/**
 * Reads what a diagnosis needs, as far as the user may: before each look it is asked whether it is allowed, and what is not stands in
 * the facts. Secrets are read by the operator's own code, which gives a problem or nothing.
 * @throws ApiError and ApiUnreachableError when the API server does not answer.
 */
export async function gatherFacts(options: GatherOptions): Promise<Facts> {
  const { client, namespace, name, clock, signal } = options
  const access = createAccess(client, { signal })
  const unseen: string[] = []
  const missingKinds: string[] = []

  async function see<T>(wish: Wish, look: () => Promise<T>): Promise<T | undefined> {
    if (await access.may(wish)) return await look()
    unseen.push(describeWish(wish))
    return undefined
  }

  async function list<T extends KubernetesObject>(type: ResourceType): Promise<readonly T[] | undefined> {
    try {
      return await see({ verb: 'list', type, namespace }, async () => {
        const { items } = await listObjects<T>(client, type, namespace, { signal })
        return items
      })
    } catch (error) {
      if (!isNotFound(error)) throw error
      missingKinds.push(resourceLabel(type))
      return []
    }
  }

  async function leases(): Promise<readonly LeaseFact[] | undefined> {
    const where = options.leaseNamespace ?? ''
    const found = await see({ verb: 'list', type: leaseType, namespace: where }, async () => {
      const fieldSelector = `metadata.name=${options.leaseName}`
      return await listObjects<Lease>(client, leaseType, where, { signal, fieldSelector })
    })
    return found?.items.map((lease) => ({ name: objectName(lease), spec: lease.spec }))
  }

  const clusters = await list<S3Cluster>(s3ClusterType)
  const webhooks = await list<S3AuditWebhook>(s3AuditWebhookType)
  const chosen = (webhooks ?? []).filter(({ metadata }) => name === undefined || metadata.name === name)
  const referred = new Set(chosen.map(clusterKeyOf))
  const chosenClusters = (clusters ?? []).filter(
    (cluster) => name === undefined || cluster.metadata.name === name || referred.has(objectKey(objectName(cluster))),
  )
  const known = clusters === undefined ? undefined : new Set(clusters.map((cluster) => objectKey(objectName(cluster))))
  const reader = guardedReader({ client, clock, access })
  const note = (check: Check): Check => {
    if (check.state === 'Unseen') unseen.push(check.what)
    return check
  }
  const isMissing =
    name !== undefined &&
    chosen.length + chosenClusters.length === 0 &&
    clusters !== undefined &&
    webhooks !== undefined
  return {
    now: clock.now(),
    missingKinds,
    missing: isMissing ? { namespace, name } : undefined,
    leases: await leases(),
    clusters: await each(chosenClusters, (cluster) => clusterFacts(cluster, reader, note, signal)),
    webhooks: await each(chosen, (webhook) => webhookFacts(webhook, { known, reader, note, ...options })),
    unseen,
  }
}

function clusterKeyOf({ metadata, spec }: S3AuditWebhook): string {
  const parsed = parseS3AuditWebhookSpec(spec)
  return objectKey({ namespace: metadata.namespace ?? '', name: 'spec' in parsed ? parsed.spec.clusterRef.name : '' })
}

async function clusterFacts(
  { metadata, spec, status }: S3Cluster,
  reader: ReferenceReader,
  note: (check: Check) => Check,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const parsed = parseS3ClusterSpec(spec)
  const access =
    'problem' in parsed
      ? undefined
      : note(await check(() => resolveCluster(parsed.spec, metadata.namespace ?? '', reader, { signal })))
  return { metadata, spec: parsed, status, access }
}

async function webhookFacts(
  webhook: S3AuditWebhook,
  options: Pick<GatherOptions, 'tester' | 'signal'> & {
    readonly known: ReadonlySet<string> | undefined
    readonly reader: ReferenceReader
    readonly note: (check: Check) => Check
  },
): Promise<WebhookFacts> {
  const { known, reader, note, tester, signal } = options
  const { metadata, status } = webhook
  const spec = parseS3AuditWebhookSpec(webhook.spec)
  const cluster = known === undefined ? 'Unseen' : known.has(clusterKeyOf(webhook)) ? 'Found' : 'Missing'
  const facts = { metadata, spec, status, cluster } as const
  if ('problem' in spec) return { ...facts, token: undefined, trust: undefined, verdicts: undefined }
  const readToken = () => gatherToken(webhook, spec.spec, reader, { signal })
  const readTrust = () => resolveTrust(spec.spec.tls, metadata.namespace ?? '', reader, { signal })
  const token = note(await check(readToken))
  const trust = note(await check(readTrust))
  if (tester === undefined || token.state !== 'InOrder' || trust.state !== 'InOrder') {
    return { ...facts, token, trust, verdicts: undefined }
  }
  const [given, tls] = [await readToken(), await readTrust()]
  const endpoint = URL.parse(spec.spec.endpoint)
  if (given.state === 'Problem' || tls.state === 'Problem' || endpoint === null) {
    return { ...facts, token, trust, verdicts: undefined }
  }
  const authorization = given.state === 'Ready' ? given.authorization : undefined
  const target = targetSpec(spec.spec, objectKey(objectName(webhook)), endpoint, authorization, tls.trust)
  return { ...facts, token, trust, verdicts: await tester.test(target, [0, 1, 2], { signal }) }
}

/** What the operator's own code says of a reference. */
async function check(
  resolve: () => Promise<{ readonly state: string; readonly reason?: string; readonly message?: string }>,
): Promise<Check> {
  try {
    const { state, reason = '', message = '' } = await resolve()
    return state === 'Problem' ? { state, reason, message } : { state: 'InOrder' }
  } catch (error) {
    if (error instanceof NotAllowedError) return { state: 'Unseen', what: error.message }
    throw error
  }
}

function guardedReader({
  client,
  clock,
  access,
}: {
  client: RestClient
  clock: Clock
  access: Access
}): ReferenceReader {
  const reader = createReferenceReader({ client, clock })
  return {
    async read(kind, name, options) {
      const type = kind === 'Secret' ? secretType : configMapType
      const wish: Wish = { verb: 'get', type, namespace: name.namespace }
      if (!(await access.may(wish))) throw new NotAllowedError(describeWish(wish))
      return await reader.read(kind, name, options)
    },
  }
}

async function each<T, R>(items: readonly T[], look: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  const waiting = [...items.entries()]
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await look(next[1])
  }
  await Promise.all(Array.from({ length: workers }, work))
  return results
}
