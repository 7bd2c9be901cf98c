import type { Registry } from '@prometheus-io/client'

import { clusterApiMetricDefinitions as definitions } from './cluster-api-metric-definitions.ts'
import { registerCounter, registerHistogram } from './register-metric.ts'

/** One request to the management API of an S3 cluster. */
export interface ClusterApiRequest {
  readonly provider: string
  /** A word of a closed list. */
  readonly operation: string
  /** The HTTP status, or a word of a closed list where there was no answer. */
  readonly code: string
  readonly durationMilliseconds: number
}

export interface ClusterApiMetrics {
  requested(request: ClusterApiRequest): void
}

/** Statuses that tell something of their own; the others are counted by class, since a server may make up any. */
const knownStatuses = [200, 201, 204, 400, 401, 403, 404, 405, 408, 409, 429, 500, 502, 503, 504].map(String)

/** Figures of all S3 clusters together, in `registry`: which of them fails stands in its conditions. */
export function createClusterApiMetrics(registry: Registry): ClusterApiMetrics {
  const total = registerCounter(registry, definitions.requests)
  const time = registerHistogram(registry, definitions.duration)
  return {
    requested({ provider, operation, code, durationMilliseconds }) {
      const label = /^\d+$/.test(code) && !knownStatuses.includes(code) ? `${code.slice(0, 1)}xx` : code
      total.inc({ provider, operation, code: label })
      time.observe({ provider, operation }, durationMilliseconds / 1000)
    },
  }
}
