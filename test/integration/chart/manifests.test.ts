import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { readAlertRules } from '../../../scripts/alerts/alert-rules.ts'
import { crdManifests } from '../../../src/api/crd-manifests.ts'
import { parseConfig } from '../../../src/config.ts'
import { isHook, listManifests } from '../../helm/list-manifests.ts'
import { type Manifest, release, renderDefaults } from '../../helm/render-chart.ts'
import { renderAllSets, type RenderedSets, setNames } from '../../helm/rendered-sets.ts'
import { parseWorkload, type Workload } from '../../helm/workload.ts'

const root = join(import.meta.dirname, '../../..')
const labelsShape = z.record(z.string(), z.string())
let sets: RenderedSets

beforeAll(async () => {
  sets = await renderAllSets()
})

function workload(set: string, kind: 'Deployment' | 'Job' = 'Deployment'): Workload {
  return parseWorkload(sets.find(set, kind))
}

describe('without any value', () => {
  test('the chart renders this and nothing else', async () => {
    const { namespace } = release
    const manifests = await renderDefaults()
    expect(listManifests(manifests.filter((manifest) => !isHook(manifest)))).toEqual([
      'ClusterRole s3-audit-operator',
      'ClusterRole s3-audit-operator-edit',
      'ClusterRole s3-audit-operator-view',
      'ClusterRoleBinding s3-audit-operator',
      'CustomResourceDefinition s3auditwebhooks.s3audit.dev',
      'CustomResourceDefinition s3clusters.s3audit.dev',
      `Deployment ${namespace} s3-audit-operator`,
      `NetworkPolicy ${namespace} s3-audit-operator`,
      `PodDisruptionBudget ${namespace} s3-audit-operator`,
      `Role ${namespace} s3-audit-operator-leader-election`,
      `RoleBinding ${namespace} s3-audit-operator-leader-election`,
      `Service ${namespace} s3-audit-operator`,
      `ServiceAccount ${namespace} s3-audit-operator`,
    ])
    expect(listManifests(manifests.filter(isHook))).toEqual([
      'ClusterRole s3-audit-operator-uninstall',
      'ClusterRoleBinding s3-audit-operator-uninstall',
      `Job ${namespace} s3-audit-operator-uninstall`,
      `Role ${namespace} s3-audit-operator-uninstall-lease`,
      `RoleBinding ${namespace} s3-audit-operator-uninstall-lease`,
      `ServiceAccount ${namespace} s3-audit-operator-uninstall`,
    ])
  })
})

describe.each(setNames)('with the values "%s"', (set) => {
  test('every resource has a name that fits, the labels, and a namespace unless it has none', () => {
    const clusterWide = ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition']
    for (const { kind, metadata } of sets
      .of(set)
      .filter(({ metadata: { name } }) => !/-(?:object|text)$/u.test(name))) {
      expect(metadata.name.length, metadata.name).toBeLessThanOrEqual(
        kind.startsWith('Role') || kind.startsWith('Cluster') ? 253 : 63,
      )
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': release.name,
        'app.kubernetes.io/part-of': 's3-audit-operator',
        'app.kubernetes.io/managed-by': 'Helm',
      })
      expect(metadata.namespace === undefined, `${kind} ${metadata.name}`).toBe(clusterWide.includes(kind))
    }
  })

  test('no two resources are the same', () => {
    const all = listManifests(sets.of(set))
    expect(all).toEqual([...new Set(all)])
  })

  test('the operator takes its arguments', () => {
    const { args } = workload(set)
    expect(args[0]).toBe('run')
    expect(parseConfig(args, {}, 'a-namespace')).toHaveProperty('config')
  })

  test('all selectors find the pods of the operator, and only these', () => {
    const { selector, podLabels } = workload(set)
    expect(Object.keys(selector ?? {}).sort()).toEqual([
      'app.kubernetes.io/component',
      'app.kubernetes.io/instance',
      'app.kubernetes.io/name',
    ])
    expect(podLabels).toMatchObject(selector ?? {})
    const serviceShape = z.object({ spec: z.object({ selector: labelsShape }) })
    const otherShape = z.object({ spec: z.object({ selector: z.strictObject({ matchLabels: labelsShape }) }) })
    for (const manifest of sets.of(set)) {
      if (manifest.kind === 'Service') expect(serviceShape.parse(manifest).spec.selector).toEqual(selector)
      if (['PodDisruptionBudget', 'PodMonitor', 'ServiceMonitor'].includes(manifest.kind)) {
        expect(otherShape.parse(manifest).spec.selector.matchLabels).toEqual(selector)
      }
    }
    const job = sets.of(set).find(({ kind }) => kind === 'Job')
    const component = job === undefined ? 'uninstall' : parseWorkload(job).podLabels['app.kubernetes.io/component']
    expect(component).toBe('uninstall')
  })
})

describe('pods', () => {
  test('run the image that the values name', () => {
    const version = sets.find('defaults', 'Deployment').metadata.labels['app.kubernetes.io/version'] ?? ''
    const repository = 's3-audit-operator/s3-audit-operator'
    expect(workload('defaults').image).toBe(`ghcr.io/${repository}:${version}`)
    expect(workload('everything on pods').image).toBe(`mirror.example:5000/${repository}:1.2.3`)
    expect(workload('an image by digest').image).toBe(`ghcr.io/${repository}@sha256:${'a'.repeat(64)}`)
    expect(workload('an image of this machine')).toMatchObject({
      image: `localhost/s3-audit-operator:${version}`,
      imagePullPolicy: 'Never',
    })
    for (const set of setNames.filter((name) => sets.of(name).some(({ kind }) => kind === 'Job'))) {
      expect(workload(set, 'Job').image).toBe(workload(set).image)
    }
  })

  test('have time to end after the operator gave up', () => {
    expect(workload('defaults').terminationGracePeriodSeconds).toBeGreaterThan(30)
  })

  test('are spread, by their own selector where a constraint has none', () => {
    const { selector, spreads } = workload('defaults')
    expect(spreads).toEqual([selector, selector])
    expect(workload('everything on pods').spreads).toEqual([{ own: 'selector' }, selector])
  })

  test('get the flags that the values name', () => {
    expect(parseConfig(workload('every flag').args, {})).toEqual({
      config: {
        kubeconfig: undefined,
        namespaces: [],
        listen: { port: 8080 },
        leaderElect: false,
        leaderElectionNamespace: undefined,
        concurrency: 16,
        secretAccess: 'Get',
        allowEndpointCidrs: ['127.0.0.1/32', '::1/128'],
        denyEndpointCidrs: ['0.0.0.0/0', '::/0'],
        deletionTimeoutMilliseconds: 5_400_000,
        proxyFromEnvironment: true,
        installationId: 'site_1.a-b',
        logLevel: 'warn',
      },
    })
    const namespaces = (set: string): unknown => parseConfig(workload(set).args, {}, 'pod')
    expect(namespaces('namespaced')).toMatchObject({ config: { namespaces: [release.namespace] } })
    expect(namespaces('several namespaces')).toMatchObject({ config: { namespaces: ['default', 'kube-public'] } })
    expect(namespaces('another namespace')).toMatchObject({ config: { namespaces: ['default'] } })
  })
})

describe('monitoring', () => {
  const endpoint = z.looseObject({ port: z.string(), honorLabels: z.boolean() })
  const monitorShape = z.object({
    spec: z.object({
      jobLabel: z.string(),
      endpoints: z.array(endpoint).optional(),
      podMetricsEndpoints: z.array(endpoint).optional(),
    }),
  })

  test.each([
    {
      set: 'service monitor',
      kind: 'ServiceMonitor',
      scraped: (): Manifest => sets.find('service monitor', 'Service'),
    },
    {
      set: 'pod monitor',
      kind: 'PodMonitor',
      scraped: (): Pick<Manifest, 'metadata'> => ({
        metadata: { name: '', annotations: {}, labels: workload('pod monitor').podLabels },
      }),
    },
  ] as const)(
    'the $kind keeps labels, and its job is the one that alerts and dashboard select by',
    async ({ set, kind, scraped }) => {
      const { spec } = monitorShape.parse(sets.find(set, kind))
      const [scrape] = spec.endpoints ?? spec.podMetricsEndpoints ?? []
      expect(scrape).toMatchObject({ port: 'http-metrics', honorLabels: true, path: '/metrics' })
      const job = scraped().metadata.labels[spec.jobLabel] ?? ''
      for (const file of ['alert-rules.yaml', 'dashboard.json']) {
        const text = await readFile(join(root, 'charts/s3-audit-operator/files', file), 'utf8')
        const matchers = [...text.matchAll(/job=~\\?"(.*?)\\?"/gu)]
          .map((match) => match[1] ?? '')
          .filter((regex) => regex !== '$job')
        expect(matchers).not.toEqual([])
        for (const matcher of new Set(matchers)) expect(job).toMatch(new RegExp(`^(?:${matcher})$`, 'u'))
      }
    },
  )

  test('the rules are those of the project, with runbooks where the values say', () => {
    const rule = sets.find('service monitor', 'PrometheusRule')
    const shape = z.object({
      spec: z.object({
        groups: z.array(z.object({ rules: z.array(z.looseObject({ annotations: labelsShape.optional() })) })),
      }),
    })
    const annotations = shape
      .parse(rule)
      .spec.groups.flatMap(({ rules }) =>
        rules.flatMap((each) => (each.annotations === undefined ? [] : [each.annotations])),
      )
    const { alerts } = readAlertRules(root)
    expect(annotations).toEqual(
      alerts.map(({ annotations: { runbook_url: runbook, ...others } }) => ({
        ...others,
        runbook_url: runbook.replace(/.*\/runbooks\//u, 'https://wiki.example/s3/runbooks/'),
      })),
    )
  })

  test('the dashboard is that of the project', async () => {
    const { data } = z.object({ data: labelsShape }).parse(sets.find('service monitor', 'ConfigMap'))
    const file = await readFile(join(root, 'charts/s3-audit-operator/files/dashboard.json'), 'utf8')
    expect(JSON.parse(data['s3-audit-operator.json'] ?? '')).toEqual(JSON.parse(file))
  })
})

describe('definitions', () => {
  test('are those of the project, and stay unless the values say otherwise', () => {
    for (const { content } of crdManifests()) {
      const wanted = z.looseObject({ metadata: z.object({ name: z.string() }) }).parse(parse(content))
      const { name } = wanted.metadata
      const { metadata, ...definition } = sets.find('defaults', 'CustomResourceDefinition', name)
      expect(definition).toEqual({ ...wanted, metadata: undefined })
      expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' })
      expect(sets.find('definitions that go', 'CustomResourceDefinition', name).metadata.annotations).toEqual({})
    }
    expect(sets.of('definitions from elsewhere').map(({ kind }) => kind)).not.toContain('CustomResourceDefinition')
  })
})

test('further objects are rendered, whether they are objects or text', () => {
  expect(listManifests(sets.of('further objects'))).toEqual(
    expect.arrayContaining([`ConfigMap ${release.name}-object`, `ConfigMap ${release.name}-text`]),
  )
})
