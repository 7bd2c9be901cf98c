import { crdManifests } from '../../src/api/crd-manifests.ts'
import type { GeneratedFile } from '../generated-file.ts'

/** Copies of the definitions for the Kustomize base: Kustomize reads no file above the folder that names it. */
export async function kustomizeDefinitions(): Promise<readonly GeneratedFile[]> {
  return crdManifests().map(({ fileName, content }) => ({ path: `examples/kustomize/crds/${fileName}`, content }))
}
