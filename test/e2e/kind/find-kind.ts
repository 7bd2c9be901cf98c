import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildWithGo, goBuildFlags } from '../../control-plane/go-build.ts'
import { provideTool } from '../../control-plane/tool-cache.ts'

const module = join(import.meta.dirname, 'tools')

/** Path of kind: from the cache, or built from Go modules (seconds). Its version says which node images belong to it. */
export async function findKind(): Promise<string> {
  const goMod = join(module, 'go.mod')
  const version = /sigs\.k8s\.io\/kind (v\S+)/.exec(readFileSync(goMod, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${goMod} names no version of kind`)
  const sources = [goMod, join(module, 'go.sum')]
  const directory = await provideTool({ name: 'kind', version, sources }, async (directory) => {
    const args = ['build', ...goBuildFlags, '-ldflags', '-s -w', '-o', join(directory, 'kind'), 'sigs.k8s.io/kind']
    await buildWithGo({ what: `kind ${version}`, args, module })
  })
  return join(directory, 'kind')
}
