import { join } from 'node:path'

import { buildWithGo, goBuildFlags } from '../../control-plane/go-build.ts'
import { provideTool } from '../../control-plane/tool-cache.ts'

const module = join(import.meta.dirname, 'pause')

/** Path of the program that holds namespaces, a static one: from the cache, or built in a second. */
export async function findPause(): Promise<string> {
  const sources = ['go.mod', 'main.go'].map((file) => join(module, file))
  const directory = await provideTool({ name: 'pause', version: '1', sources }, async (directory) => {
    const args = ['build', ...goBuildFlags, '-ldflags', '-s -w', '-o', join(directory, 'pause'), '.']
    await buildWithGo({ what: 'pause, the first process of a pod', args, module })
  })
  return join(directory, 'pause')
}
