import type { AlertRule } from '../alerts/alert-rules.ts'
import { code, markdownTable, prose } from './markdown-table.ts'

/** One row for each alert, with the page that says what to do. Links are relative to `docs`. */
export function alertTable(alerts: readonly AlertRule[]): string {
  const rows = alerts.map(({ alert, labels, annotations, for: wait }) => [
    `[${code(alert)}](runbooks/${alert}.md)`,
    labels.severity,
    wait ?? 'at once',
    prose(annotations.summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/gu, '*$1*').replaceAll(/\{\{[^}]*\}\}/gu, '…')),
  ])
  return markdownTable(['Alert', 'Severity', 'After', 'Says'], rows)
}
