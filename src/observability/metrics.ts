import { type Counter, type Gauge, Registry } from '@prometheus-io/client'

import type { Clock } from '../kube/clock.ts'
import type { RuntimeMetrics } from '../kube/runtime-metrics.ts'
import { type ClusterApiMetrics, createClusterApiMetrics } from './cluster-api-metrics.ts'
import { type ClusterMetrics, createClusterMetrics } from './cluster-metrics.ts'
import { createDeletionMetrics, type DeletionMetrics } from './deletion-metrics.ts'
import { createProcessMetrics } from './process-metrics.ts'
import { registerCounter, registerGauge } from './register-metric.ts'
import { resourceMetricDefinitions } from './resource-metric-definitions.ts'
import { createRuntimeMetrics } from './runtime-metrics.ts'
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics.ts'
import type { Series } from './webhook-series.ts'

/** Everything that is measured. Disposing stops what measures the process; the figures stay. */
export interface Metrics extends Disposable {
  readonly runtime: RuntimeMetrics
  readonly webhooks: Pick<WebhookMetrics, 'observe' | 'drift' | 'forget'> & DeletionMetrics
  readonly tests: Pick<WebhookMetrics, 'tested' | 'began'>
  readonly deliveries: Pick<WebhookMetrics, 'reported'>
  readonly clusters: Pick<ClusterMetrics, 'observe' | 'forget'>
  readonly clusterApi: ClusterApiMetrics
  /** All metrics in Prometheus' text format, version 0.0.4. */
  expose(): Promise<string>
}

/** Metrics in a registry of their own, all listed in `metricCatalogue`. */
export function createMetrics({ clock }: { readonly clock: Clock }): Metrics {
  const registry = new Registry()
  const runtime = createRuntimeMetrics(registry)
  const webhooks = createWebhookMetrics(registry, clock)
  const clusters = createClusterMetrics()
  const resources = createResourceInstruments(registry)
  const process = createProcessMetrics(registry)
  return {
    runtime,
    webhooks: { ...webhooks, ...createDeletionMetrics(registry) },
    tests: webhooks,
    deliveries: webhooks,
    clusters,
    clusterApi: createClusterApiMetrics(registry),
    async expose() {
      process.refresh()
      resources.replace(webhooks.series(), clusters.series())
      return await registry.metrics()
    },
    [Symbol.dispose]: () => process[Symbol.dispose](),
  }
}

interface ResourceInstruments {
  /** Sets all series of resources; those of before that are not among them go. */
  replace(...sources: readonly Iterable<Series>[]): void
}

function createResourceInstruments(registry: Registry): ResourceInstruments {
  const instruments = new Map<Series['metric'], Counter<string> | Gauge<string>>()
  for (const [key, definition] of Object.entries(resourceMetricDefinitions)) {
    if (definition.type === 'histogram') continue
    const register = definition.type === 'counter' ? registerCounter<string> : registerGauge<string>
    instruments.set(key as Series['metric'], register(registry, definition))
  }
  return {
    replace(...sources) {
      for (const instrument of instruments.values()) instrument.reset()
      for (const series of sources) {
        for (const { metric, labels, value } of series) instruments.get(metric)?.inc(labels, value)
      }
    },
  }
}
