import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildWithGo, goBuildFlags } from '../control-plane/go-build.ts'
import { provideTool } from '../control-plane/tool-cache.ts'

/** The Go module with the program; its Kubernetes libraries are those of the control plane, which are compiled by then. */
const toolsDirectory = join(import.meta.dirname, 'tools')

/** Path of the program that judges resources as GitOps tools do: from the cache, or built from Go modules. */
export async function findResourceHealth(): Promise<string> {
  const goMod = join(toolsDirectory, 'go.mod')
  const version = /^\tsigs\.k8s\.io\/cli-utils (v\S+)/m.exec(readFileSync(goMod, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${goMod} names no version of kstatus`)
  const files = ['go.mod', 'go.sum', 'main.go', 'question.go', 'expressions.go', 'lua.go']
  const sources = files.map((file) => join(toolsDirectory, file))
  const directory = await provideTool({ name: 'resource-health', version, sources }, async (directory) => {
    const args = ['build', ...goBuildFlags, '-ldflags', '-s -w', '-o', join(directory, 'resource-health'), '.']
    await buildWithGo({ what: `kstatus ${version} and a Lua interpreter`, args, module: toolsDirectory })
  })
  return join(directory, 'resource-health')
}
