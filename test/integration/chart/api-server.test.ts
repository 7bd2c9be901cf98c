import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { kinds } from '../../../src/api/kinds.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { findMonitoringDefinitions } from '../../helm/find-monitoring-definitions.ts'
import { chartDirectory, helm } from '../../helm/helm.ts'
import { type Manifest, release, renderValueSets } from '../../helm/render-chart.ts'
import { valueSets } from '../../helm/value-sets.ts'

const root = join(import.meta.dirname, '../../..')
const releasesFolder = 'test/helm/releases'
const releases = (await readdir(join(root, releasesFolder), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

let controlPlane: ControlPlaneAccess
let rendered: ReadonlyMap<string, readonly Manifest[]>
let monitoringDefinitions: readonly string[]

beforeAll(async () => {
  ;[controlPlane, rendered, monitoringDefinitions] = await Promise.all([
    sharedControlPlane(),
    renderValueSets(valueSets),
    findMonitoringDefinitions(),
  ])
  const labels = { 'pod-security.kubernetes.io/warn': 'restricted' }
  await apply([], [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: release.namespace, labels } }])
})

/** Applies server-side. @returns what kubectl prints, a line for each manifest and for each warning. @throws when it fails. */
async function apply(args: readonly string[], manifests: readonly unknown[]): Promise<readonly string[]> {
  const input = manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n')
  return lines(await kubectl(['apply', '--server-side', '--validate=strict', '-f', '-', ...args], input))
}

async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await controlPlane.kubectl(args, { input })
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
  return stdout + stderr
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

describe('the real API server', () => {
  // Kinds that no other test knows, so that all can share the server.
  beforeAll(async () => {
    const files = monitoringDefinitions.map((path) => `--filename=${path}`)
    await kubectl(['apply', '--server-side', ...files])
    await kubectl(['wait', '--for=condition=Established', ...files, '--timeout=30s'])
  })

  test('takes every manifest of every set of values, knows every field, and has no warning', async () => {
    // Most sets have most manifests in common.
    const different = new Set(
      [...rendered.values()].flatMap((manifests) => manifests.map((each) => JSON.stringify(each))),
    )
    expect(different.size).toBeGreaterThan(100)
    const manifests = [...different].map((text): unknown => JSON.parse(text))
    const all = await apply(['--dry-run=server', '--force-conflicts'], manifests)
    // Other tests apply the examples, some of which have the names of the chart's objects, as users do: by the client.
    const said = all.filter((line) => !line.startsWith('Warning: failed to migrate kubectl.kubernetes.io/last-applied'))
    expect(said.filter((line) => !line.endsWith(' serverside-applied (server dry run)'))).toEqual([])
    expect(said).toHaveLength(manifests.length)
  })
})

test('the real API server takes the examples that the chart is published with', async () => {
  const chart = z
    .object({ annotations: z.object({ 'artifacthub.io/crdsExamples': z.string() }) })
    .parse(parse(await readFile(join(chartDirectory, 'Chart.yaml'), 'utf8')))
  const examples = z.array(custom).parse(parse(chart.annotations['artifacthub.io/crdsExamples']))
  const moved = examples.map((example) => ({
    ...example,
    metadata: { ...example.metadata, namespace: release.namespace },
  }))
  expect(await apply(['--dry-run=server'], moved)).toEqual(
    kinds.map(({ type }) => expect.stringMatching(new RegExp(`^${type.kind}.*/minio`, 'iu')) as string),
  )
})

test('Helm says after an installation what is next, and warns of what the values leave open', async () => {
  const notes = async (...values: readonly string[]): Promise<string> => {
    // The definitions are there already, by kubectl.
    const options = ['--namespace', release.namespace, '--dry-run=client', '--take-ownership']
    const args = ['install', release.name, chartDirectory, ...options]
    const { code, stdout, stderr } = await helm([...args, ...values.map((value) => `--set=${value}`)], {
      kubeconfig: controlPlane.kubeconfigPath,
    })
    expect(code, stderr).toBe(0)
    return stdout.replace(/^[\s\S]*^NOTES:$/mu, '')
  }
  const defaults = await notes()
  expect(defaults).toContain(`kubectl rollout status deployment/${release.name} -n ${release.namespace}`)
  expect(defaults).toContain('It works in all namespaces.')
  expect(defaults).not.toMatch(/WARNING|NOTE:/u)
  const bold = await notes(
    'rbac.create=false',
    'uninstallHook.enabled=false',
    'crds.enabled=false',
    'replicaCount=1',
    'secretAccess=Get',
    'networkPolicy.egress.restrict=true',
    'rbac.mode=namespaced',
    'watchNamespaces={a,b}',
  )
  expect(bold).toContain('It works in the namespaces a, b.')
  expect(bold.match(/^(?:WARNING|NOTE): \S+=\S+/gmu)?.map((line) => line.replace(/^.*: /u, ''))).toEqual([
    'uninstallHook.enabled=false.',
    'crds.enabled=false.',
    'rbac.create=false.',
    'replicaCount=1.',
    'secretAccess=Get.',
    'networkPolicy.egress.restrict=true.',
  ])
})

describe('an upgrade of the definitions', () => {
  const earlier = [
    { from: 'those of crds/, which kubectl applied', folders: ['crds', 'examples'] },
    ...releases.map((version) => ({ from: `those of release ${version}`, folders: [join(releasesFolder, version)] })),
  ]

  test.each(earlier)('from $from keeps what is stored, and applied again changes nothing', async ({ folders }) => {
    const { moved, names } = elsewhere()
    const before = (await Promise.all(folders.map(readManifests))).flat()
    const resources = before.map((manifest) => custom.safeParse(manifest)).flatMap(({ data }) => data ?? [])
    expect(resources.length).toBeGreaterThan(3)
    const own = moved(
      resources.map((resource) => ({ ...resource, metadata: { ...resource.metadata, namespace: release.namespace } })),
    )
    await apply([], moved(before.filter(isDefinition)))
    await kubectl(['wait', '--for=condition=Established', 'crd', ...names, '--timeout=30s'])
    await apply([], own)
    const stored = await state(names)
    const after = moved((rendered.get('defaults') ?? []).filter(isDefinition))

    // As Helm does it, which is another field manager and owns nothing yet.
    await apply(['--field-manager=helm', '--force-conflicts'], after)
    expect(await state(names)).toEqual(stored)
    await apply([], own)

    const upgraded = await versions(names)
    await apply(['--field-manager=helm', '--force-conflicts'], after)
    expect(await versions(names)).toBe(upgraded)
  })

  test('is tested from every release before this one', async () => {
    const changes = await readFile(join(root, 'CHANGELOG.md'), 'utf8')
    const released = [...changes.matchAll(/^## (?<version>\d+\.\d+\.\d+)/gmu)].map((match) => match.groups?.['version'])
    expect(new Set(releases)).toEqual(new Set(released))
  })
})

/** Moves manifests to another group and other kinds, which are nobody else's: those of the project are in use by all tests that share the server. */
function elsewhere(): {
  readonly moved: (manifests: readonly unknown[]) => readonly unknown[]
  readonly names: readonly string[]
} {
  const prefix = `x${randomBytes(4).toString('hex')}`
  const renamed = (text: string): string =>
    text.replaceAll(/(?<![\w-])s3(?=audit|cluster|c"|aw")/giu, (s3) => (s3 === 'S3' ? prefix.toUpperCase() : prefix))
  return {
    moved: (manifests) => manifests.map((manifest): unknown => JSON.parse(renamed(JSON.stringify(manifest)))),
    names: kinds.map(({ type }) => renamed(`${type.plural}.${type.group}`)),
  }
}

function isDefinition(manifest: unknown): boolean {
  return z.object({ kind: z.literal('CustomResourceDefinition') }).safeParse(manifest).success
}

function versions(definitions: readonly string[]): Promise<string> {
  return kubectl(['get', 'crd', ...definitions, '-o', 'jsonpath={..metadata.resourceVersion}'])
}

const custom = z.looseObject({
  apiVersion: z.templateLiteral(['s3audit.dev/', z.string()]),
  metadata: z.object({ name: z.string() }),
})

/** Names and specs of all resources of some definitions. */
async function state(names: readonly string[]): Promise<unknown> {
  const item = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }), spec: z.unknown() })
  const text = await kubectl(['get', names.join(','), '-n', release.namespace, '-o', 'json'])
  return z.object({ items: z.array(item) }).parse(JSON.parse(text)).items
}

/** The manifests in the files of a folder. */
async function readManifests(folder: string): Promise<readonly unknown[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
  const texts = await Promise.all(files.map(({ name }) => readFile(join(root, folder, name), 'utf8')))
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as unknown))
}
