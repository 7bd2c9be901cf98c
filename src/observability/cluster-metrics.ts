import { objectKey, objectName, type ObjectName } from '../kube/resource.ts'
import { isVerified, type ObservedResource } from './webhook-metrics.ts'
import type { ObservedCondition, Series } from './webhook-series.ts'

export interface ClusterMetrics {
  /** After each pass. */
  observe(cluster: ObservedResource, status: { readonly conditions?: readonly ObservedCondition[] }): void
  /** One request to the management API; `code` is the HTTP status, or a word of a closed list where there was no answer. */
  requested(name: ObjectName, code: string): void
  /** Takes all series of the resource away. */
  forget(name: ObjectName): void
  series(): Iterable<Series>
}

interface ClusterRecord {
  readonly name: ObjectName
  verified: boolean
  conditions: readonly ObservedCondition[]
  readonly requests: Map<string, number>
}

/** Statuses that tell something of their own; the others are counted by class, since a server may make up any. */
const knownStatuses = [200, 201, 204, 400, 401, 403, 404, 405, 408, 409, 429, 500, 502, 503, 504].map(String)

/** Keeps what is known of each S3Cluster until it is forgotten. */
export function createClusterMetrics(): ClusterMetrics {
  const records = new Map<string, ClusterRecord>()

  function recordOf(name: ObjectName): ClusterRecord {
    const key = objectKey(name)
    const record = records.get(key) ?? { name, verified: true, conditions: [], requests: new Map<string, number>() }
    records.set(key, record)
    return record
  }

  return {
    observe(cluster, { conditions = [] }) {
      const record = recordOf(objectName(cluster))
      record.conditions = conditions
      record.verified = isVerified(cluster.spec)
    },
    requested(name, code) {
      const { requests } = recordOf(name)
      const label = /^\d+$/.test(code) && !knownStatuses.includes(code) ? `${code.slice(0, 1)}xx` : code
      requests.set(label, (requests.get(label) ?? 0) + 1)
    },
    forget(name) {
      records.delete(objectKey(name))
    },
    *series() {
      for (const record of records.values()) yield* clusterSeries(record)
    },
  }
}

function clusterSeries({
  name: { namespace, name },
  verified,
  conditions,
  requests,
}: ClusterRecord): readonly Series[] {
  const own = { kind: 'S3Cluster', namespace, name, cluster: name }
  return [
    ...(verified ? [] : [{ metric: 'unverified' as const, labels: own, value: 1 }]),
    ...conditions.map(({ type, status }) => ({
      metric: 'condition' as const,
      labels: { ...own, condition: type, status },
      value: 1,
    })),
    ...[...requests].map(([code, value]) => ({
      metric: 'apiRequests' as const,
      labels: { namespace, cluster: name, code },
      value,
    })),
  ]
}
