import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client'

import type { MetricDefinition } from './metric-definition.ts'

/** A counter in `registry`. */
export function registerCounter<Label extends string>(
  registry: Registry,
  definition: MetricDefinition<Label>,
): Counter<Label> {
  return new Counter(configuration(registry, definition))
}

/** A gauge in `registry`. `collect` sets its values when they are asked for. */
export function registerGauge<Label extends string>(
  registry: Registry,
  definition: MetricDefinition<Label>,
  collect?: (gauge: Gauge<Label>) => void,
): Gauge<Label> {
  const gauge: Gauge<Label> = new Gauge({
    ...configuration(registry, definition),
    ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
  })
  return gauge
}

/** A histogram in `registry`. */
export function registerHistogram<Label extends string>(
  registry: Registry,
  definition: MetricDefinition<Label>,
): Histogram<Label> {
  const { buckets } = definition
  return new Histogram({
    ...configuration(registry, definition),
    ...(buckets === undefined ? {} : { buckets: [...buckets] }),
  })
}

function configuration<Label extends string>(registry: Registry, { name, help, labels }: MetricDefinition<Label>) {
  return { name, help, labelNames: labels, registers: [registry] }
}
