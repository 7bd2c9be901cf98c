import { objectKey, objectName, type ObjectName } from '../kube/resource.ts'
import { type Labels, type ResourceMetric, type Sample, type SampleSource, sampleSource } from './sample.ts'
import { isVerified, type ObservedResource } from './webhook-metrics.ts'
import type { ObservedCondition } from './webhook-series.ts'

export interface ClusterMetrics {
  /** After each pass. */
  observe(cluster: ObservedResource, status: { readonly conditions?: readonly ObservedCondition[] }): void
  /** Takes all series of the resource away. */
  forget(name: ObjectName): void
  /** The samples of the resources there are now. They are read when they are asked for. */
  samples(): SampleSource
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
    samples: () => sampleSource([...records.values()], clusterLabels, clusterSeries),
  }
}

function clusterLabels({ name: { namespace, name } }: ClusterRecord): Labels {
  return { kind: 'S3Cluster', namespace, name, cluster: name }
}

const clusterSeries = {
  unverified: ({ verified }) => (verified ? [] : [{ value: 1, labels: {} }]),
  condition: ({ conditions }) =>
    conditions.map(({ type, status }) => ({ value: 1, labels: { condition: type, status } })),
} satisfies Partial<Record<ResourceMetric, (record: ClusterRecord) => readonly Sample[]>>
