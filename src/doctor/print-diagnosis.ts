import { findCondition } from '../api/conditions.ts'
import { objectKey } from '../kube/resource.ts'
import type { Facts } from './facts.ts'
import type { Finding, Severity } from './finding.ts'

const words: Readonly<Record<Severity, string>> = { Error: 'ERROR', Warning: 'WARNING', Notice: 'NOTICE' }
const indent = '    '

/** The findings as text, and what was looked at. Texts of resources are written by others: they stay in their line. */
export function printDiagnosis(facts: Facts, findings: readonly Finding[]): string {
  const told = findings.flatMap(({ severity, subject, reason, message, remedy }) => [
    `${words[severity]}  ${subject}: ${reason}`,
    `${indent}${oneLine(message)}`,
    ...(remedy === undefined ? [] : [`${indent}To do: ${oneLine(remedy)}`]),
    '',
  ])
  return `${[...told, ...looked(facts), summary(findings)].join('\n')}\n`
}

function looked({ webhooks, clusters }: Facts): readonly string[] {
  return [
    ...clusters.map(({ metadata, status }) => row('S3Cluster', metadata, status?.conditions)),
    ...webhooks.map(({ metadata, status }) => row('S3AuditWebhook', metadata, status?.conditions)),
  ]
}

type Metadata = Facts['clusters'][number]['metadata']

function row(
  kind: string,
  { namespace = '', name }: Metadata,
  conditions: Parameters<typeof findCondition>[0] = [],
): string {
  const ready = findCondition(conditions, 'Ready')
  const state = ready === undefined ? 'not judged yet' : `Ready ${ready.status} (${oneLine(ready.reason)})`
  return `${kind} ${objectKey({ namespace, name })}: ${state}`
}

function summary(findings: readonly Finding[]): string {
  const counts = (['Error', 'Warning', 'Notice'] as const).map((severity): [string, number] => [
    severity.toLowerCase(),
    findings.filter((found) => found.severity === severity).length,
  ])
  const texts = counts
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}${count === 1 ? '' : 's'}`)
  return texts.length === 0 ? 'Nothing is wrong.' : `Found: ${texts.join(', ')}.`
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ')
}
