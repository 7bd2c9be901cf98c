import { metricCatalogue } from '../../src/observability/metric-catalogue.ts'
import type { NamesOfExpression } from './names-of-expression.ts'

/** Labels that Prometheus itself puts to what it scrapes. */
const scrapeLabels: readonly string[] = ['job', 'instance', 'namespace', 'pod', 'exported_namespace']

/**
 * What an expression names although nobody serves it: a metric that is not in the catalogue, not `up`, and not recorded by one of
 * `records`; a label that its metric does not have.
 */
export function unknownNames(
  { metrics, grouping }: NamesOfExpression,
  records: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const labels = new Map<string, readonly string[]>([...servedMetrics(), ...records])
  const everyLabel = new Set(metrics.flatMap(({ metric }) => labels.get(metric) ?? []))
  return [
    ...metrics.flatMap(({ metric, labels: named }) => {
      const known = labels.get(metric)
      if (known === undefined) return [metric]
      return named.filter((label) => !known.includes(label)).map((label) => `${metric}{${label}}`)
    }),
    ...grouping.filter((label) => !everyLabel.has(label)),
  ]
}

/** Names as they are scraped, with their labels. */
function servedMetrics(): readonly (readonly [string, readonly string[]])[] {
  const own = metricCatalogue
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ name, type, labels }): [string, readonly string[]][] => {
      if (type !== 'histogram') return [[name, [...labels, ...scrapeLabels]]]
      return [
        [`${name}_bucket`, ['le', ...labels, ...scrapeLabels]],
        [`${name}_sum`, [...labels, ...scrapeLabels]],
        [`${name}_count`, [...labels, ...scrapeLabels]],
      ]
    })
  return [...own, ['up', scrapeLabels]]
}
