import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import { metricCatalogue } from '../../src/observability/metric-catalogue.ts'
import { readAlertRules } from './alert-rules.ts'
import { namesOfExpression } from './names-of-expression.ts'
import { recordedLabels } from './recorded-labels.ts'
import { unknownNames } from './unknown-names.ts'

const root = join(import.meta.dirname, '../..')
const records = recordedLabels(readAlertRules(root).records)

const panel = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
})
const dashboard = z
  .object({
    panels: z.array(panel),
    templating: z.object({
      list: z.array(z.object({ name: z.string(), type: z.string(), definition: z.string().optional() })),
    }),
  })
  .parse(JSON.parse(readFileSync(join(root, 'charts/s3-audit-operator/files/dashboard.json'), 'utf8')))

const variables = dashboard.templating.list.map(({ name }) => name)
const queries = dashboard.panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })))

describe('the dashboard', () => {
  test.each(queries)('names only what is served: $title: $expr', ({ expr, legendFormat }) => {
    const names = namesOfExpression(expr)
    expect(names.metrics.length).toBeGreaterThan(0)
    expect(unknownNames(names, records)).toEqual([])
    const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/gu)].map(([, label]) => label ?? '')
    expect(legend.filter((label) => !names.grouping.includes(label))).toEqual([])
  })

  test.each(dashboard.templating.list.filter(({ type }) => type === 'query'))(
    'offers values that are served for $name',
    ({ definition = '' }) => {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/u.exec(definition) ?? []
      const { metrics } = namesOfExpression(selector)
      expect(metrics).toHaveLength(1)
      expect(unknownNames({ metrics, grouping: [label] }, records)).toEqual([])
    },
  )

  test('uses the variables that it has, and no others', () => {
    const text = JSON.stringify(dashboard)
    const used = [...text.matchAll(/\$\{?([a-z]\w*)/gu)].map(([, name]) => name)
    expect(new Set(used)).toEqual(new Set(variables.filter((name) => name !== 'datasource')))
  })

  test('has panels with ids of their own that do not lie on one another', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}:${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
  })

  test('shows every metric of resources, in this form or another', () => {
    const shown = new Set(queries.flatMap(({ expr }) => namesOfExpression(expr).metrics.map(({ metric }) => metric)))
    const served = metricCatalogue
      .flatMap(({ topic, metrics }) => (topic === 'resources' ? metrics : []))
      .filter(({ labels }) => labels.includes('name'))
      .map(({ name }) => name)
    expect(served.filter((metric) => !shown.has(metric)).sort()).toEqual(notShown)
  })
})

/** Other panels say as much. */
const notShown: readonly string[] = ['s3audit_probe_success', 's3audit_tls_verification_disabled']
