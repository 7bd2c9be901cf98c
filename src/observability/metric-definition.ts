/** One metric, as data: what is registered, and what the docs list. */
export interface MetricDefinition<Label extends string = string> {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly Label[]
  readonly help: string
  /** Upper bounds, histograms only. */
  readonly buckets?: readonly number[]
}
