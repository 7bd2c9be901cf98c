import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { GeneratedFile } from '../generated-file.ts'
import { alertRulesPath } from './alert-rules.ts'

const head = `# Recording and alerting rules, for clusters with the Prometheus operator. Generated from
# ${alertRulesPath} by 'npm run generate'.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: s3-audit-operator
  labels:
    app.kubernetes.io/name: s3-audit-operator
spec:
`

/** The rules as a resource of the Prometheus operator. */
export async function prometheusRule(root: string): Promise<readonly GeneratedFile[]> {
  const rules = await readFile(join(root, alertRulesPath), 'utf8')
  const content = rules.replaceAll(/^(?=.)/gmu, '  ')
  return [{ path: 'examples/monitoring/prometheus-rule.yaml', content: head + content }]
}
