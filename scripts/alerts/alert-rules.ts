import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'
import { z } from 'zod'

/** Of the rules of Prometheus, relative to the root of the repository. */
export const alertRulesPath = 'charts/s3-audit-operator/files/alert-rules.yaml'

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string | undefined
  readonly labels: { readonly severity: 'critical' | 'warning' }
  readonly annotations: {
    readonly summary: string
    readonly description: string
    readonly runbook_url: string
  }
}

export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

const recordingRule = z.strictObject({ record: z.string(), expr: z.string() })
const alertRule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
})
const groups = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.union([recordingRule, alertRule])) })),
})

/** The rules in the order of the file. @throws when it holds something else than such rules. */
export function readAlertRules(root: string): {
  readonly alerts: readonly AlertRule[]
  readonly records: readonly RecordingRule[]
} {
  const { groups: all } = groups.parse(parse(readFileSync(join(root, alertRulesPath), 'utf8')))
  const rules = all.flatMap(({ rules }) => rules)
  return {
    alerts: rules.flatMap((rule) => ('alert' in rule ? [rule] : [])),
    records: rules.flatMap((rule) => ('record' in rule ? [rule] : [])),
  }
}
