import { objectKey, objectName, type ObjectName } from '../kube/resource.ts'
import { isVerified, type ObservedResource } from './webhook-metrics.ts'
import type { ObservedCondition, Series } from './webhook-series.ts'

export interface ClusterMetrics {
  /** After each pass. */
  observe(cluster: ObservedResource, status: { readonly conditions?: readonly ObservedCondition[] }): void
  /** Takes all series of the resource away. */
  forget(name: ObjectName): void
  series(): Iterable<Series>
}

interface ClusterRecord {
  readonly name: ObjectName
  verified: boolean
  conditions: readonly ObservedCondition[]
}

/** Keeps what is known of each S3Cluster until it is forgotten. */
export function createClusterMetrics(): ClusterMetrics {
  const records = new Map<string, ClusterRecord>()

  function recordOf(name: ObjectName): ClusterRecord {
    const key = objectKey(name)
    const record = records.get(key) ?? { name, verified: true, conditions: [] }
    records.set(key, record)
    return record
  }

  return {
    observe(cluster, { conditions = [] }) {
      const record = recordOf(objectName(cluster))
      record.conditions = conditions
      record.verified = isVerified(cluster.spec)
    },
    forget(name) {
      records.delete(objectKey(name))
    },
    *series() {
      for (const record of records.values()) yield* clusterSeries(record)
    },
  }
}

function clusterSeries({ name: { namespace, name }, verified, conditions }: ClusterRecord): readonly Series[] {
  const own = { kind: 'S3Cluster', namespace, name, cluster: name }
  return [
    ...(verified ? [] : [{ metric: 'unverified' as const, labels: own, value: 1 }]),
    ...conditions.map(({ type, status }) => ({
      metric: 'condition' as const,
      labels: { ...own, condition: type, status },
      value: 1,
    })),
  ]
}
