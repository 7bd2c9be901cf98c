import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildWithGo, goBuildFlags } from '../control-plane/go-build.ts'
import { provideTool } from '../control-plane/tool-cache.ts'

/**
 * The Go module that pins Helm. Its Kubernetes libraries and what they need are those of the control plane, which are compiled by
 * then; that is why Helm is not the latest.
 */
const toolsDirectory = join(import.meta.dirname, 'tools')

/** Path of Helm: from the cache, or built from Go modules (a minute or two; progress on stderr). */
export async function findHelm(): Promise<string> {
  const goMod = join(toolsDirectory, 'go.mod')
  const modules = readFileSync(goMod, 'utf8')
  const version = /^\thelm\.sh\/helm\/v3 (v\S+)/m.exec(modules)?.[1]
  const minor = /^\tk8s\.io\/client-go v0\.(\d+)\./m.exec(modules)?.[1]
  if (version === undefined || minor === undefined) throw new Error(`${goMod} names no version of Helm and client-go`)
  const sources = [goMod, join(toolsDirectory, 'go.sum')]
  const directory = await provideTool({ name: 'helm', version, sources }, async (directory) => {
    const settings = {
      'internal/version.version': version,
      // The Kubernetes that charts are rendered and checked for where there is none, as in the releases of Helm.
      'pkg/chartutil.k8sVersionMinor': minor,
      'pkg/lint/rules.k8sVersionMinor': minor,
    }
    const variables = Object.entries(settings).map(([name, value]) => `-X helm.sh/helm/v3/${name}=${value}`)
    const flags = [...goBuildFlags, '-ldflags', ['-s', '-w', ...variables].join(' ')]
    const args = ['build', ...flags, '-o', join(directory, 'helm'), 'helm.sh/helm/v3/cmd/helm']
    await buildWithGo({ what: `Helm ${version} (a minute or two)`, args, module: toolsDirectory })
  })
  return join(directory, 'helm')
}
