import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'

const root = join(import.meta.dirname, '../../..')
// Those below it have tests of their own, or are for kinds of other projects.
const entries = await readdir(join(root, 'examples'), { withFileTypes: true })
const files = entries
  .filter((entry) => entry.isFile())
  .map(({ name }) => name)
  .sort()

const manifest = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z.looseObject({}).optional(),
})

let controlPlane: ControlPlaneAccess

beforeAll(async () => {
  controlPlane = await sharedControlPlane()
  // As the README says: the annotation that a client-side apply makes must have room for the whole definition.
  await kubectl('apply', '-f', 'crds/')
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s')
})

test.each(files)('the API server takes examples/%s as it is, and stores what it says', async (file) => {
  await kubectl('apply', '-f', `examples/${file}`)
  const documents = parseAllDocuments(await readFile(join(root, 'examples', file), 'utf8'))
  expect(documents.length).toBeGreaterThan(0)
  for (const document of documents) {
    const { kind, metadata, spec } = manifest.parse(document.toJS())
    const namespace = metadata.namespace === undefined ? [] : ['-n', metadata.namespace]
    const stored = manifest.parse(JSON.parse(await kubectl('get', kind, metadata.name, ...namespace, '-o', 'json')))
    if (spec !== undefined) expect(stored.spec).toMatchObject(spec)
  }
})

test.each(files)('examples/%s applied again changes nothing', async (file) => {
  await kubectl('apply', '-f', `examples/${file}`)
  const before = await versions(file)
  expect(before).toMatch(/\d/u)
  await kubectl('apply', '-f', `examples/${file}`)
  expect(await versions(file)).toBe(before)
})

function versions(file: string): Promise<string> {
  return kubectl('get', '-f', `examples/${file}`, '-o', 'jsonpath={..metadata.resourceVersion}')
}

/** From the root of the repository, where a reader stands. @throws Error with what kubectl printed when it fails. */
async function kubectl(...args: readonly string[]): Promise<string> {
  const absolute = args.map((argument) => (/^(?:crds|examples)\//u.test(argument) ? join(root, argument) : argument))
  const { code, stdout, stderr } = await controlPlane.kubectl(absolute)
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
  return stdout
}
