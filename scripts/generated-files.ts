import { join } from 'node:path'

import { readResults } from '../bench/support/read-results.ts'
import { resultsPage } from '../bench/support/results-page.ts'
import { crdManifests } from '../src/api/crd-manifests.ts'
import { prometheusRule } from './alerts/prometheus-rule.ts'
import { chartFiles } from './chart/chart-files.ts'
import { bufferModelPage } from './docs/buffer-model-page.ts'
import { conformancePage } from './docs/conformance-page.ts'
import { pages } from './docs/pages.ts'
import type { GeneratedFile } from './generated-file.ts'
import { argoHealthChecks } from './gitops/argo-health-checks.ts'
import { installManifest } from './gitops/install-manifest.ts'
import { kustomizeDefinitions } from './gitops/kustomize-definitions.ts'

/** Makes the whole content of some files; reads the old ones below `root` where only a part of a file is generated. */
type Generator = (root: string) => Promise<readonly GeneratedFile[]>

const generators: readonly Generator[] = [
  customResourceDefinitions,
  pages,
  conformancePage,
  bufferModelPage,
  recordedBenchmarks,
  prometheusRule,
  chartFiles,
  kustomizeDefinitions,
  installManifest,
  argoHealthChecks,
]

/** Every file that is generated from the source, as it should be. */
export async function generatedFiles(root: string): Promise<readonly GeneratedFile[]> {
  const files = await Promise.all(generators.map((generate) => generate(root)))
  return files.flat()
}

async function customResourceDefinitions(): Promise<readonly GeneratedFile[]> {
  return crdManifests().map(({ fileName, content }) => ({ path: `crds/${fileName}`, content }))
}

async function recordedBenchmarks(root: string): Promise<readonly GeneratedFile[]> {
  const folder = 'bench/results'
  return [{ path: `${folder}/README.md`, content: resultsPage(await readResults(join(root, folder))) }]
}
