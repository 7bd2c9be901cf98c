import type { RecordingRule } from './alert-rules.ts'
import { namesOfExpression } from './names-of-expression.ts'

/** The labels of what recording rules make, by name; such a rule must group its result by its labels. */
export function recordedLabels(records: readonly RecordingRule[]): ReadonlyMap<string, readonly string[]> {
  return new Map(records.map(({ record, expr }) => [record, [...new Set(namesOfExpression(expr).grouping)]]))
}
