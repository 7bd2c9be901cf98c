import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { isHook, listManifests } from '../../helm/list-manifests.ts'
import { type Manifest, release } from '../../helm/render-chart.ts'
import { renderAllSets, type RenderedSets, setNames } from '../../helm/rendered-sets.ts'
import { parseWorkload, type Workload } from '../../helm/workload.ts'

const root = join(import.meta.dirname, '../../..')
let sets: RenderedSets

beforeAll(async () => {
  sets = await renderAllSets()
})

const ruleShape = z.strictObject({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()),
})
const roleShape = z.object({ rules: z.array(ruleShape) })
const bindingShape = z.object({
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })),
})

function workload(set: string, kind: 'Deployment' | 'Job' = 'Deployment'): Workload {
  return parseWorkload(sets.find(set, kind))
}

describe.each(setNames)('with the values "%s"', (set) => {
  test('every binding names a role and the service account of pods that are there', () => {
    const accounts = sets.of(set).flatMap((manifest) =>
      ['Deployment', 'Job'].includes(manifest.kind)
        ? [
            {
              name: parseWorkload(manifest).serviceAccountName,
              namespace: manifest.metadata.namespace,
            },
          ]
        : [],
    )
    for (const manifest of sets.of(set).filter(({ kind }) => kind.endsWith('RoleBinding'))) {
      const { roleRef, subjects } = bindingShape.parse(manifest)
      const role = sets
        .of(set)
        .find(
          ({ kind, metadata }) =>
            kind === roleRef.kind &&
            metadata.name === roleRef.name &&
            metadata.namespace === manifest.metadata.namespace,
        )
      expect(role, `${manifest.kind} ${manifest.metadata.name}`).toBeDefined()
      expect(subjects).toHaveLength(1)
      expect(accounts).toContainEqual({ name: subjects[0]?.name, namespace: subjects[0]?.namespace })
    }
  })
})

describe('rights', () => {
  const namespaced: readonly string[] = ['namespaced', 'several namespaces', 'another namespace']

  async function example(file: string): Promise<z.infer<typeof roleShape>['rules']> {
    return roleShape.parse(parse(await readFile(join(root, 'examples', file), 'utf8'))).rules
  }

  test('are those of examples/cluster-role.yaml, without list and watch of Secrets where they are only read', async () => {
    const wanted = await example('cluster-role.yaml')
    const readOnly = wanted.map((rule) => (rule.resources.includes('secrets') ? { ...rule, verbs: ['get'] } : rule))
    expect(byResource(roleShape.parse(sets.find('defaults', 'ClusterRole', release.name)).rules)).toEqual(
      byResource(wanted),
    )
    expect(byResource(roleShape.parse(sets.find('read Secrets only', 'ClusterRole', release.name)).rules)).toEqual(
      byResource(readOnly),
    )
  })

  test('are the same in each watched namespace, with no more than the namespace itself', async () => {
    const wanted = await example('cluster-role.yaml')
    for (const namespace of ['default', 'kube-public']) {
      const role = sets
        .of('several namespaces')
        .find(
          ({ kind, metadata }) =>
            kind === 'Role' && metadata.namespace === namespace && !metadata.name.includes('uninstall'),
        )
      const expected = wanted.map((rule) => {
        if (rule.resources.includes('secrets')) return { ...rule, verbs: ['get'] }
        return rule.resources.includes('namespaces') ? { ...rule, resourceNames: [namespace] } : rule
      })
      expect(byResource(roleShape.parse(role).rules)).toEqual(byResource(expected))
    }
  })

  test.each(namespaced)('reach nothing cluster-wide with the values "%s"', (set) => {
    expect(sets.of(set).filter(({ kind }) => kind === 'ClusterRoleBinding')).toEqual([])
    const clusterRoles = sets.of(set).filter(({ kind }) => kind === 'ClusterRole')
    expect(clusterRoles.map(({ metadata: { name } }) => name.replace(/.*-/u, '')).sort()).toEqual(['edit', 'view'])
  })

  test('reach the namespace kube-system only to read its uid, and not with an installation id', () => {
    const inKubeSystem = (set: string): readonly Manifest[] =>
      sets.of(set).filter(({ kind, metadata }) => kind === 'Role' && metadata.namespace === 'kube-system')
    expect(inKubeSystem('namespaced').map((role) => roleShape.parse(role).rules)).toEqual([
      [{ apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] }],
    ])
    expect(inKubeSystem('several namespaces')).toEqual([])
  })

  test('to the Lease are those of examples/leader-election-role.yaml', async () => {
    const wanted = await example('leader-election-role.yaml')
    for (const set of ['defaults', 'namespaced'] as const) {
      expect(roleShape.parse(sets.find(set, 'Role', `${release.name}-leader-election`)).rules).toEqual(wanted)
    }
  })

  test('of people: who views sees, who edits may write, and nobody touches the status', () => {
    const view = sets.find('defaults', 'ClusterRole', `${release.name}-view`)
    const edit = sets.find('defaults', 'ClusterRole', `${release.name}-edit`)
    const resources = ['s3clusters', 's3auditwebhooks']
    expect(roleShape.parse(view).rules).toEqual([
      { apiGroups: ['s3audit.dev'], resources, verbs: ['get', 'list', 'watch'] },
    ])
    expect(roleShape.parse(edit).rules).toEqual([
      { apiGroups: ['s3audit.dev'], resources, verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    ])
    expect(edit.metadata.labels).not.toHaveProperty(['rbac.authorization.k8s.io/aggregate-to-view'])
    expect(sets.of('no aggregation').map(({ metadata: { name } }) => name)).not.toContain(edit.metadata.name)
  })

  test('are not made where they come from elsewhere', () => {
    const kinds = sets.of('rights from elsewhere').map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind.includes('Role') || kind === 'ServiceAccount')).toEqual([])
    expect(workload('rights from elsewhere').serviceAccountName).toBe('own')
    expect(workload('rights from elsewhere', 'Job').serviceAccountName).toBe('own')
  })
})

/** Rules may be parted as they like. */
function byResource(rules: z.infer<typeof roleShape>['rules']): readonly string[] {
  return rules
    .flatMap(({ apiGroups, resources, resourceNames = ['*'], verbs }) =>
      resources.map(
        (resource) => `${apiGroups.join()}/${resource} ${resourceNames.join()}: ${verbs.toSorted().join()}`,
      ),
    )
    .sort()
}

describe('the Job before an uninstall', () => {
  test('and all it needs are hooks, in an order that works', () => {
    for (const set of setNames) {
      const hooks = sets.of(set).filter(isHook)
      expect(listManifests(hooks)).toEqual(
        listManifests(sets.of(set).filter(({ metadata: { name } }) => name.includes('-uninstall'))),
      )
      const weights = (kind: RegExp): readonly number[] =>
        hooks
          .filter((hook) => kind.test(hook.kind))
          .map(({ metadata }) => Number(metadata.annotations['helm.sh/hook-weight']))
      const [roles, bindings, jobs] = [weights(/Role$|Account$/u), weights(/Binding$/u), weights(/Job/u)]
      expect(Math.max(-100, ...roles)).toBeLessThan(Math.min(...bindings, 0))
      expect(Math.max(-50, ...bindings)).toBeLessThan(Math.min(...jobs, 1))
      for (const { metadata } of hooks) {
        expect(metadata.annotations).toMatchObject({
          'helm.sh/hook': 'pre-delete',
          'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
        })
      }
    }
    expect(sets.of('no hook').filter(isHook)).toEqual([])
  })

  test('may find the resources, take their finalizers off and take the Lease, and no more', () => {
    const rights = (set: string): readonly string[] =>
      byResource(
        sets
          .of(set)
          .filter((manifest) => isHook(manifest) && manifest.kind.endsWith('Role'))
          .flatMap((role) => roleShape.parse(role).rules),
      )
    const lease = ['coordination.k8s.io/leases *: create', 'coordination.k8s.io/leases s3-audit-operator: get,update']
    const resources = ['s3audit.dev/s3auditwebhooks *: list,patch', 's3audit.dev/s3clusters *: list,patch']
    expect(rights('defaults')).toEqual([...lease, ...resources])
    expect(rights('namespaced')).toEqual([...lease, ...resources])
  })

  test('knows the namespaces and its time', () => {
    expect(workload('defaults', 'Job').args).toEqual(['uninstall', '--timeout=120s'])
    expect(workload('several namespaces', 'Job').args).toEqual([
      'uninstall',
      '--timeout=120s',
      '--namespace=default',
      '--namespace=kube-public',
    ])
  })
})
