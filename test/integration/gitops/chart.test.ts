import { join } from 'node:path'

import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import { release, renderDefaults, type Manifest } from '../../helm/render-chart.ts'

const base = join(import.meta.dirname, '../../../examples/kustomize/base')
/** What tells that Helm made it, and of which release. */
const helmLabels: ReadonlySet<string> = new Set([
  'helm.sh/chart',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
])

test('the Kustomize base is what the chart makes with its defaults', async () => {
  const { stdout } = await (await sharedControlPlane()).kubectl(['kustomize', base])
  const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
  // Helm makes the namespace itself.
  const plain = manifests.filter(({ kind }) => kind !== 'Namespace')
  const chart = (await renderDefaults()).filter(({ metadata }) => metadata.annotations['helm.sh/hook'] === undefined)
  expect(byName(plain)).toEqual(byName(chart))
})

function byName(manifests: readonly Manifest[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(manifests.map((one) => [`${one.kind}/${one.metadata.name}`, comparable(one)]))
}

/** Without the traces of Helm, in the namespace of the base. Of a definition, what it defines. */
function comparable({ metadata, ...rest }: Manifest): unknown {
  if (rest.kind === 'CustomResourceDefinition') return rest
  return JSON.parse(
    JSON.stringify({ ...rest, labels: metadata.labels, namespace: metadata.namespace }, (key, value: unknown) => {
      if (helmLabels.has(key)) return undefined
      // The order of rules and of their keys means nothing.
      if (key === 'rules' && Array.isArray(value))
        return value
          .map((rule: object) => JSON.stringify(Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1))))
          .sort()
      return value === release.namespace ? 's3-audit-operator' : value
    }),
  )
}
