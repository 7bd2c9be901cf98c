import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { alertRulesPath, readAlertRules } from './alert-rules.ts'
import { namesOfExpression } from './names-of-expression.ts'
import { recordedLabels } from './recorded-labels.ts'
import { unknownNames } from './unknown-names.ts'

const root = join(import.meta.dirname, '../..')
const { alerts, records } = readAlertRules(root)
const recorded = recordedLabels(records)

describe('every rule', () => {
  const rules = [
    ...alerts.map(({ alert, expr }) => ({ rule: alert, expr })),
    ...records.map(({ record, expr }) => ({ rule: record, expr })),
  ]
  test.each(rules)('names only what is served: $rule', ({ expr }) => {
    expect(unknownNames(namesOfExpression(expr), recorded)).toEqual([])
  })
})

describe('every alert', () => {
  test('has a name of its own', () => {
    const names = alerts.map(({ alert }) => alert)
    expect(names).toEqual([...new Set(names)])
    expect(names.filter((name) => !/^S3Audit[A-Z][A-Za-z]+$/u.test(name))).toEqual([])
  })

  test.each(alerts)('leads to a page with what it means, what to look at and what to do: $alert', async (rule) => {
    const path = /\/docs\/runbooks\/(\w+)\.md$/u.exec(rule.annotations.runbook_url)
    expect(path?.[1]).toBe(rule.alert)
    const page = await readFile(join(root, `docs/runbooks/${rule.alert}.md`), 'utf8')
    const headings = [...page.matchAll(/^#+ (.*)$/gmu)].map(([, heading]) => heading)
    expect(headings).toEqual([rule.alert, 'What it means', 'What to look at', 'What to do'])
    expect(page).toContain(`Severity: ${rule.labels.severity}.`)
  })

  test.each(alerts)('says in its texts only labels that its result has: $alert', ({ expr, annotations }) => {
    const { grouping, metrics } = namesOfExpression(expr)
    const result = [...grouping, ...metrics.flatMap(({ metric }) => recorded.get(metric) ?? [])]
    const said = Object.values(annotations).flatMap((text) =>
      [...text.matchAll(/\$labels\.(\w+)/gu)].map(([, label]) => label),
    )
    expect(said.filter((label) => label === undefined || !result.includes(label))).toEqual([])
  })
})

test('every page of the runbooks belongs to an alert', async () => {
  const pages = (await readdir(join(root, 'docs/runbooks'))).sort()
  expect(pages).toEqual([...alerts.map(({ alert }) => `${alert}.md`), 'README.md'].sort())
})

test('the manifest for the Prometheus operator has the same rules', async () => {
  const path = join(root, 'examples/monitoring/prometheus-rule.yaml')
  expect(existsSync(path)).toBe(true)
  const { spec } = parse(await readFile(path, 'utf8')) as { readonly spec: unknown }
  expect(spec).toEqual(parse(await readFile(join(root, alertRulesPath), 'utf8')))
})
