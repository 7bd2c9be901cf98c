import { clusterApiMetricDefinitions } from './cluster-api-metric-definitions.ts'
import { deletionMetricDefinitions } from './deletion-metric-definitions.ts'
import type { MetricDefinition } from './metric-definition.ts'
import { processMetricDefinitions } from './process-metric-definitions.ts'
import { resourceMetricDefinitions } from './resource-metric-definitions.ts'
import { runtimeMetricDefinitions } from './runtime-metric-definitions.ts'

export interface MetricTopic {
  readonly topic: 'resources' | 'runtime' | 'process'
  readonly metrics: readonly MetricDefinition[]
}

/** Every metric that the operator serves, by topic. */
export const metricCatalogue: readonly MetricTopic[] = [
  {
    topic: 'resources',
    metrics: [
      ...Object.values(resourceMetricDefinitions),
      ...Object.values(deletionMetricDefinitions),
      ...Object.values(clusterApiMetricDefinitions),
    ],
  },
  { topic: 'runtime', metrics: Object.values(runtimeMetricDefinitions) },
  { topic: 'process', metrics: Object.values(processMetricDefinitions) },
]
