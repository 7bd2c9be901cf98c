import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { parse } from 'yaml'
import { z } from 'zod'

import { crdManifests } from '../../src/api/crd-manifests.ts'
import type { GeneratedFile } from '../generated-file.ts'

const base = 'examples/kustomize/base'

const head = `# Everything that the operator needs, for clusters without Helm and Kustomize:
#   kubectl apply --server-side -f install.yaml
# Generated from crds/ and ${base}/ by 'npm run generate'.
`

const kustomization = z.object({ resources: z.array(z.string()) })

/** The definitions and the Kustomize base in one file, in the order in which they can be applied. */
export async function installManifest(root: string): Promise<readonly GeneratedFile[]> {
  const index = await readFile(join(root, base, 'kustomization.yaml'), 'utf8')
  const files = kustomization.parse(parse(index)).resources.filter((resource) => resource.endsWith('.yaml'))
  const manifests = await Promise.all(files.map((file) => readFile(join(root, base, file), 'utf8')))
  // Without their own first lines, which say what they were generated from.
  const definitions = crdManifests().map(({ content }) => content.slice(content.indexOf('apiVersion:')))
  const content = head + [...definitions, ...manifests].join('---\n')
  return [{ path: 'examples/install/install.yaml', content }]
}
