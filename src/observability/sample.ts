import type { resourceMetricDefinitions } from './resource-metric-definitions.ts'

type Definitions = typeof resourceMetricDefinitions

/** A metric with samples of each resource; the histograms are of all resources together. */
export type ResourceMetric = {
  [K in keyof Definitions]: Definitions[K]['type'] extends 'histogram' ? never : K
}[keyof Definitions]

/** Values by name, in the order in which they are served. */
export type Labels = Readonly<Record<string, string>>

/** What one resource has to tell by one metric. */
export interface Sample {
  readonly value: number
  /** Those that tell it from the other samples of the same resource and metric; no two of these have the same. */
  readonly labels: Labels
}

/** The samples of one resource and one metric. */
export interface ResourceSamples {
  /** Of the resource: they stand before those of the samples. */
  readonly labels: Labels
  readonly samples: readonly Sample[]
}

/** The samples of one metric, resource by resource, made as they are asked for. */
export type SampleSource = (metric: ResourceMetric) => Iterable<ResourceSamples>

/** The samples of records of one kind: by `labels` those of the record, by `series` what it has to tell, none where there is no entry. */
export function sampleSource<R>(
  records: readonly R[],
  labels: (record: R) => Labels,
  series: Readonly<Partial<Record<ResourceMetric, (record: R) => readonly Sample[]>>>,
): SampleSource {
  return function* samplesOf(metric) {
    const read = series[metric]
    if (read === undefined) return
    for (const record of records) {
      const samples = read(record)
      if (samples.length > 0) yield { labels: labels(record), samples }
    }
  }
}
