import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { parseConfig } from '../../../src/config.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'

const examples = join(import.meta.dirname, '../../../examples')
const folders = [
  'kustomize/base',
  'kustomize/overlays/production',
  'kustomize/overlays/namespaced',
  'webhooks/base',
  'webhooks/overlays/observe',
  'webhooks/overlays/production',
]
/** Kinds of other projects, which the API server of the tests does not know. */
const foreignKinds: ReadonlySet<string> = new Set(['ServiceMonitor'])

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
type Manifest = z.infer<typeof manifest>

const role = z.object({ rules: z.array(z.unknown()) })
const deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({ containers: z.array(z.object({ image: z.string(), args: z.array(z.string()) })).length(1) }),
    }),
  }),
})

let controlPlane: ControlPlaneAccess
/** What Kustomize makes of each folder. */
let renderings: ReadonlyMap<string, readonly Manifest[]>

beforeAll(async () => {
  controlPlane = await sharedControlPlane()
  const render = async (folder: string): Promise<readonly [string, readonly Manifest[]]> => [
    folder,
    manifestsIn(await kubectl(['kustomize', join(examples, folder)])),
  ]
  renderings = new Map(await Promise.all(folders.map(render)))
})

async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await controlPlane.kubectl(args, input === undefined ? {} : { input })
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
  return stdout
}

const manifestsIn = (text: string): readonly Manifest[] =>
  parseAllDocuments(text).map((document) => manifest.parse(document.toJS()))
const rendered = (folder: string): readonly Manifest[] => renderings.get(folder) ?? []
const example = (path: string): Promise<string> => readFile(join(examples, path), 'utf8')

function only(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const [found, ...others] = manifests.filter((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined || others.length > 0) throw new Error(`There are ${others.length} further ${kind} ${name}`)
  return found
}

/** By kind, namespace and name. */
const sorted = (manifests: readonly Manifest[]): readonly Manifest[] => {
  const key = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
  return manifests.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

test.each(folders)('the API server takes what kubectl kustomize makes of examples/%s', async (folder) => {
  const manifests = rendered(folder).filter(({ kind }) => !foreignKinds.has(kind))
  // A dry run stores nothing, so that what follows in it would miss its namespace.
  const needed = new Set(manifests.flatMap(({ metadata: { namespace } }) => namespace ?? []))
  const namespaces = [...needed].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: namespaces }))
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests })
  // Other tests have resources of the same names in the same cluster.
  const flags = ['--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict']
  const answer = await kubectl(['apply', ...flags, '-f', '-'], list)
  expect(answer.trim().split('\n')).toHaveLength(manifests.length)
  expect(answer).not.toMatch(/warning/iu)
})

test('install.yaml is the Kustomize base in one file', async () => {
  const installed = manifestsIn(await example('install/install.yaml'))
  expect(sorted(installed)).toEqual(sorted(rendered('kustomize/base')))
})

test('the base grants what the documented roles grant', async () => {
  const base = rendered('kustomize/base')
  const rulesOf = (one: unknown): unknown => role.parse(one).rules
  expect(rulesOf(only(base, 'ClusterRole', 's3-audit-operator'))).toEqual(
    rulesOf(parse(await example('cluster-role.yaml'))),
  )
  expect(rulesOf(only(base, 'Role', 's3-audit-operator-leader-election'))).toEqual(
    rulesOf(parse(await example('leader-election-role.yaml'))),
  )
})

describe.each(folders.filter((folder) => folder.startsWith('kustomize')))('the operator of examples/%s', (folder) => {
  function operator(): { readonly image: string; readonly args: readonly string[] } {
    const { spec } = deployment.parse(only(rendered(folder), 'Deployment', 's3-audit-operator'))
    const [container] = spec.template.spec.containers
    if (container === undefined) throw new Error('The Deployment has no container')
    return container
  }

  test('understands its arguments', () => {
    const { args } = operator()
    const parsed = parseConfig(args, {}, 's3-audit-operator')
    if (!('config' in parsed)) throw new Error(JSON.stringify(parsed))
    const namespaced = folder.endsWith('namespaced')
    expect(parsed.config.namespaces).toEqual(namespaced ? ['s3-audit'] : [])
    expect(parsed.config.secretAccess).toBe(namespaced ? 'Get' : 'Watch')
    expect(parsed.config.leaderElect).toBe(true)
  })

  test('is that of this release', async () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(join(examples, '../package.json'), 'utf8')))
    const { image } = operator()
    const pinned = folder.endsWith('production')
      ? /@sha256:[\da-f]{64}$/u
      : new RegExp(`:${version.replaceAll('.', '\\.')}$`, 'u')
    expect(image).toMatch(/^ghcr\.io\/s3-audit-operator\/s3-audit-operator[:@]/u)
    expect(image).toMatch(pinned)
  })
})

test('the namespaced overlay grants the operator nothing beyond its namespaces', () => {
  const manifests = rendered('kustomize/overlays/namespaced')
  expect(manifests.filter(({ kind }) => kind === 'ClusterRoleBinding')).toEqual([])
  const bindings = manifests.filter(({ kind }) => kind === 'RoleBinding')
  expect(bindings.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual([
    's3-audit-operator/s3-audit-operator-leader-election',
    's3-audit/s3-audit-operator',
  ])
})
