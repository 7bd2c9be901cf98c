import { setImmediate } from 'node:timers/promises'

import { Registry } from '@prometheus-io/client'

import type { Clock } from '../kube/clock.ts'
import type { RuntimeMetrics } from '../kube/runtime-metrics.ts'
import { type ClusterApiMetrics, createClusterApiMetrics } from './cluster-api-metrics.ts'
import { type ClusterMetrics, createClusterMetrics } from './cluster-metrics.ts'
import { createDeletionMetrics, type DeletionMetrics } from './deletion-metrics.ts'
import { resourceExposition } from './exposition.ts'
import { createProcessMetrics } from './process-metrics.ts'
import { createRuntimeMetrics } from './runtime-metrics.ts'
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics.ts'

/** Everything that is measured. Disposing stops what measures the process; the figures stay. */
export interface Metrics extends Disposable {
  readonly runtime: RuntimeMetrics
  readonly webhooks: Pick<WebhookMetrics, 'observe' | 'drift' | 'forget'> & DeletionMetrics
  readonly tests: Pick<WebhookMetrics, 'tested' | 'began'>
  readonly deliveries: Pick<WebhookMetrics, 'reported'>
  readonly clusters: Pick<ClusterMetrics, 'observe' | 'forget'>
  readonly clusterApi: ClusterApiMetrics
  /**
   * All metrics in Prometheus' text format, version 0.0.4, in chunks of about 64 KiB that are made when they are asked for. Between
   * two of them other work gets its turn, however fast the reader is. Resources are those there were at the first chunk of theirs;
   * what each has to tell is read metric by metric, so that one that changes meanwhile may stand there half as before.
   */
  expose(): AsyncIterable<string>
}

/**
 * All metrics that are listed in `metricCatalogue`. Those of resources are written straight from what is known of each: as gauges in
 * the registry they would take as much memory again as everything else the operator remembers, all at once.
 */
export function createMetrics({ clock }: { readonly clock: Clock }): Metrics {
  const registry = new Registry()
  const runtime = createRuntimeMetrics(registry)
  const webhooks = createWebhookMetrics(registry, clock)
  const clusters = createClusterMetrics()
  const process = createProcessMetrics(registry)
  return {
    runtime,
    webhooks: { ...webhooks, ...createDeletionMetrics(registry) },
    tests: webhooks,
    deliveries: webhooks,
    clusters,
    clusterApi: createClusterApiMetrics(registry),
    async *expose() {
      process.refresh()
      yield await registry.metrics()
      for (const chunk of resourceExposition([webhooks.samples(), clusters.samples()])) {
        await setImmediate()
        yield chunk
      }
    },
    [Symbol.dispose]: () => process[Symbol.dispose](),
  }
}
