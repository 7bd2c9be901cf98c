import type { Clock } from '../../kube/clock.ts'
import { ProviderError } from '../provider-error.ts'
import type { DeliveryOptions, DeliveryReport, NodeDelivery } from '../provider.ts'
import type { AdminClient } from './admin-client.ts'
import { readAuditStatus } from './audit-status.ts'
import { clusterPrefix, nodePrefix, parseDelivery } from './delivery-metrics.ts'

/** Which target, and how many events each of its queues holds. */
export interface DeliverySubject {
  readonly targetName: string
  readonly capacityEvents: number
}

export interface DeliveryReader {
  read(subject: DeliverySubject, options: DeliveryOptions): Promise<Omit<DeliveryReport, 'uncountedStore'>>
  /** Some target was changed, which started the counters of all of them anew: older figures are of the time before. */
  changed(): void
}

interface AskOptions {
  readonly signal: AbortSignal
  readonly provoke: boolean
}

interface Figures {
  readonly row: NodeDelivery
  /** Monotonic milliseconds at which they were asked for. */
  readonly time: number
}

/** How long a server keeps the figures of its cluster metrics (minio cmd/metrics-v2.go). */
const cacheMilliseconds = 10_000

/**
 * How every node sends to a target. The cluster metrics know all nodes, up to ten seconds late; a node itself tells its counters at
 * once, where an endpoint leads to it, and servers before May 2024 do not. What a node told stands until the cluster metrics
 * cannot be older, so that counters never seem to go back.
 */
export function createDeliveryReader(options: {
  readonly client: Pick<AdminClient, 'metrics' | 'callJson'>
  readonly endpoints: readonly URL[]
  readonly clock: Clock
}): DeliveryReader {
  const { client, endpoints, clock } = options
  /** By target and node, as the nodes themselves told. */
  const told = new Map<string, Map<string, Figures>>()
  let changedAt = Number.NEGATIVE_INFINITY

  /** What the node behind one endpoint says of itself; nothing where it does not answer or does not know the question. */
  async function askNode(
    endpoint: URL,
    subject: DeliverySubject,
    { signal, provoke }: AskOptions,
  ): Promise<{ readonly rows: readonly NodeDelivery[]; readonly online: boolean | undefined }> {
    try {
      const text = await client.metrics('/minio/metrics/v3/logger/webhook', signal, endpoint)
      const rows = parseDelivery(text, nodePrefix, subject)
      if (!provoke) return { rows, online: undefined }
      // The event that this call makes is left for the next look.
      return { rows, online: (await readAuditStatus(client, { signal, endpoint })).get(subject.targetName) }
    } catch (error) {
      if (error instanceof ProviderError) return { rows: [], online: undefined }
      throw error
    }
  }

  async function askNodes(
    subject: DeliverySubject,
    cached: ReadonlyMap<string, NodeDelivery>,
    askOptions: AskOptions,
  ): Promise<ReadonlySet<string>> {
    const known = told.get(subject.targetName) ?? new Map<string, Figures>()
    told.set(subject.targetName, known)
    const time = clock.monotonic()
    const answers = await Promise.all(endpoints.map((endpoint) => askNode(endpoint, subject, askOptions)))
    const nodes = new Set<string>()
    for (const [index, { rows, online }] of answers.entries()) {
      for (const row of rows) {
        // Behind a load balancer both answers may be of different nodes.
        const isSameNode = endpoints[index]?.host === row.node || (cached.size <= 1 && endpoints.length === 1)
        const ofNode = isSameNode ? online : undefined
        known.set(row.node, { row: { ...row, online: ofNode ?? cached.get(row.node)?.online ?? false }, time })
        nodes.add(row.node)
      }
    }
    return nodes
  }

  return {
    async read(subject, callOptions) {
      const { signal, fresh = false } = callOptions
      const start = clock.monotonic()
      const text = await client.metrics('/minio/v2/metrics/cluster', signal)
      // After a change nothing but the nodes themselves can tell.
      const isOld = start - changedAt < cacheMilliseconds
      const provoke = callOptions.provoke === true || isOld
      const rows = parseDelivery(text, clusterPrefix, subject).map((row) => (isOld ? withoutPast(row) : row))
      const cached = new Map(rows.map((row) => [row.node, row]))
      const asked = fresh || provoke ? await askNodes(subject, cached, { signal, provoke }) : new Set<string>()
      const current = new Map(cached)
      for (const [node, { row, time }] of told.get(subject.targetName) ?? []) {
        if (start - time < cacheMilliseconds && time >= changedAt) current.set(node, row)
      }
      const nodes = [...current.values()].sort((a, b) => (a.node < b.node ? -1 : 1))
      if (nodes.length === 0) return isOld || text.includes(clusterPrefix) ? { nodes } : { nodes, notReported: true }
      return nodes.every(({ node }) => asked.has(node))
        ? { nodes }
        : { nodes, maximumAgeMilliseconds: cacheMilliseconds }
    },
    changed() {
      changedAt = clock.monotonic()
      told.clear()
    },
  }
}

/** What counters said before a change does not hold after it; what waited still waits. */
function withoutPast(row: NodeDelivery): NodeDelivery {
  return { ...row, online: false, failedAttempts: 0, handledMessages: 0 }
}
