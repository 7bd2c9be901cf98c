import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { type ChartValue, leavesOf, readChartValues } from '../../../scripts/chart/chart-values.ts'
import { chartDirectory, helm } from '../../helm/helm.ts'
import { refusal, refusals, renderTexts, type Values } from '../../helm/render-chart.ts'

const values = leavesOf(readChartValues(await readFile(join(chartDirectory, 'values.yaml'), 'utf8')))

/** Values that differ from the default, where type and choices of a value do not give one. */
const samples: Readonly<Record<string, unknown>> = {
  'image.registry': 'mirror.example',
  'image.digest': `sha256:${'0'.repeat(64)}`,
  imagePullSecrets: [{ name: 'pull' }],
  commonLabels: { team: 'storage' },
  allowEndpointCidrs: ['127.0.0.1/32'],
  denyEndpointCidrs: ['10.0.0.0/8'],
  installationId: 'site',
  deletionTimeout: '1h',
  watchNamespaces: ['default'],
  updateStrategy: { type: 'Recreate', rollingUpdate: null },
  resources: { limits: { memory: '1Gi' } },
  'podDisruptionBudget.maxUnavailable': '50%',
  topologySpreadConstraints: [],
  tolerations: [{ operator: 'Exists' }],
  hostAliases: [{ ip: '192.0.2.7', hostnames: ['weka.example'] }],
  'metrics.prometheusRule.runbookBaseUrl': 'https://wiki.example',
  'metrics.service.ipFamilyPolicy': 'SingleStack',
  extraArgs: ['--no-leader-elect'],
  extraEnv: [{ name: 'A', value: 'b' }],
  extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
  extraVolumeMounts: [{ name: 'ca', mountPath: '/ca' }],
  extraObjects: ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n'],
}

/** What must be so before a value matters, by the beginning of its path. */
const conditions: readonly (readonly [string, Values])[] = [
  ['crds.', { crds: { enabled: true } }],
  ['watchNamespaces', { rbac: { mode: 'namespaced' } }],
  ['networkPolicy.egress.', { networkPolicy: { egress: { restrict: true } } }],
  ['metrics.serviceMonitor.', { metrics: { serviceMonitor: { enabled: true } } }],
  ['metrics.podMonitor.', { metrics: { podMonitor: { enabled: true } } }],
  ['metrics.prometheusRule.', { metrics: { prometheusRule: { enabled: true } } }],
  ['metrics.dashboard.', { metrics: { dashboard: { enabled: true } } }],
]

test('every value changes what is installed', async () => {
  const cases = values.map((value) => {
    const name = value.path.join('.')
    const condition = conditions.find(([prefix]) => name.startsWith(prefix))?.[1] ?? {}
    // The definitions are long, and the same everywhere.
    const before = merge({ crds: { enabled: false } }, condition)
    return { name, before, after: merge(before, at(value.path, other(value, before))) }
  })
  const sets = [...new Set(cases.flatMap(({ before, after }) => [JSON.stringify(before), JSON.stringify(after)]))]
  const texts = await renderTexts(sets.map((set) => JSON.parse(set) as Values))
  const textOf = (set: Values): string => texts[sets.indexOf(JSON.stringify(set))] ?? ''
  expect(textOf({ crds: { enabled: false } })).toContain('kind: Deployment')
  expect(cases.filter(({ before, after }) => textOf(before) === textOf(after)).map(({ name }) => name)).toEqual([])
})

function other(value: ChartValue, before: Values): unknown {
  const name = value.path.join('.')
  if (name in samples) return samples[name]
  const { default: present, schema } = value
  const set = value.path.reduce<unknown>((inside, key) => (inside as Values | undefined)?.[key], before)
  const now = set ?? present
  if (typeof now === 'boolean') return !now
  if (Array.isArray(schema['enum'])) return schema['enum'].find((choice) => choice !== now)
  if (typeof now === 'number') return now + 1
  if (typeof now === 'string') return `${now}a`
  if (Array.isArray(now)) return [...(now as unknown[]), { to: [] }]
  return { ...(now as Values), note: 'a' }
}

function at(path: readonly string[], value: unknown): Values {
  const [key = '', ...inner] = path
  return { [key]: inner.length === 0 ? value : at(inner, value) }
}

function merge(one: Values, two: Values): Values {
  const both = Object.entries(two).map(([key, value]) => {
    const present = one[key]
    return [key, isMap(value) && isMap(present) ? merge(present, value) : value] as const
  })
  return { ...one, ...Object.fromEntries(both) }
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

describe('Helm refuses', () => {
  const wrong: readonly { readonly given: Values; readonly says: RegExp }[] = [
    { given: { replicas: 3 }, says: /replicas/u },
    { given: { image: { name: 'x' } }, says: /name/u },
    { given: { image: { digest: 'sha256:12' } }, says: /digest/u },
    { given: { image: { pullPolicy: 'Sometimes' } }, says: /pullPolicy/u },
    { given: { replicaCount: '2' }, says: /replicaCount/u },
    { given: { replicaCount: -1 }, says: /replicaCount/u },
    { given: { concurrency: 257 }, says: /concurrency/u },
    { given: { secretAccess: 'watch' }, says: /secretAccess/u },
    { given: { rbac: { mode: 'Namespaced' } }, says: /mode/u },
    { given: { watchNamespaces: 'team' }, says: /watchNamespaces/u },
    { given: { watchNamespaces: ['Team'] }, says: /watchNamespaces/u },
    { given: { watchNamespaces: ['a', 'a'] }, says: /watchNamespaces/u },
    { given: { deletionTimeout: 15 }, says: /deletionTimeout/u },
    { given: { deletionTimeout: '15 minutes' }, says: /deletionTimeout/u },
    { given: { installationId: 'a b' }, says: /installationId/u },
    { given: { commonLabels: { a: 1 } }, says: /commonLabels/u },
    { given: { uninstallHook: { timeoutSeconds: 0 } }, says: /timeoutSeconds/u },
    { given: { podDisruptionBudget: { maxUnavailable: 'half' } }, says: /maxUnavailable/u },
    { given: { metrics: { prometheusRule: { runbookBaseUrl: 'https://wiki.example/' } } }, says: /runbookBaseUrl/u },
    { given: { extraEnv: [{ value: 'x' }] }, says: /extraEnv/u },
  ]

  test('values that cannot be meant', async () => {
    const said = await refusals(wrong.map(({ given }) => given))
    for (const [index, { given, says }] of wrong.entries()) expect(said[index], JSON.stringify(given)).toMatch(says)
  })

  test.each([
    { given: { watchNamespaces: ['team'] }, says: 'watchNamespaces needs rbac.mode=namespaced' },
    {
      given: { metrics: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } } },
      says: 'enable metrics.serviceMonitor or metrics.podMonitor',
    },
    {
      given: { metrics: { serviceMonitor: { enabled: true }, service: { enabled: false } } },
      says: 'metrics.serviceMonitor.enabled needs metrics.service.enabled',
    },
  ])('what does not go together: $says', async ({ given, says }) => {
    expect(await refusal(given)).toContain(says)
  })
})

test('values of a chart above, which every chart gets, are let through', async () => {
  await expect(renderTexts([{ global: { region: 'eu' }, enabled: true }])).resolves.toHaveLength(1)
})

test('helm lint finds nothing to say', async () => {
  const { code, stdout } = await helm(['lint', '--strict', '--quiet', chartDirectory])
  expect(stdout).not.toContain('WARNING')
  expect(code, stdout).toBe(0)
})

test('the chart has the version of the project', async () => {
  const shape = z.object({ version: z.string() })
  const { version } = shape.parse(JSON.parse(await readFile(join(chartDirectory, '../../package.json'), 'utf8')))
  const chart = z
    .object({ version: z.string(), appVersion: z.string(), annotations: z.record(z.string(), z.string()) })
    .parse(parse(await readFile(join(chartDirectory, 'Chart.yaml'), 'utf8')))
  expect(chart).toMatchObject({ version, appVersion: version })
  expect(chart.annotations['artifacthub.io/images']).toContain(`:${version}\n`)
})
