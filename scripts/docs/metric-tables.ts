import { metricCatalogue } from '../../src/observability/metric-catalogue.ts'
import { code, markdownTable, prose } from './markdown-table.ts'

/** One table of metrics for each topic, by the name of its block. */
export function metricTables(): ReadonlyMap<string, string> {
  return new Map(
    metricCatalogue.map(({ topic, metrics }) => {
      const rows = metrics.map(({ name, type, labels, help }) => [
        code(name),
        type,
        labels.length === 0 ? '–' : labels.map(code).join(', '),
        prose(help),
      ])
      return [`${topic}-metrics`, markdownTable(['Metric', 'Type', 'Labels', 'Meaning'], rows)]
    }),
  )
}
