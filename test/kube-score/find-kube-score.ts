import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildWithGo, goBuildFlags } from '../control-plane/go-build.ts'
import { provideTool } from '../control-plane/tool-cache.ts'

/** The Go module that pins kube-score, which needs older Kubernetes libraries than everything else. */
const toolsDirectory = join(import.meta.dirname, 'tools')

/** Path of kube-score: from the cache, or built from Go modules (a minute; progress on stderr). */
export async function findKubeScore(): Promise<string> {
  const goMod = join(toolsDirectory, 'go.mod')
  const version = /^\s*github\.com\/zegl\/kube-score (v\S+)/m.exec(readFileSync(goMod, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${goMod} names no version of kube-score`)
  const sources = [goMod, join(toolsDirectory, 'go.sum')]
  const directory = await provideTool({ name: 'kube-score', version, sources }, async (directory) => {
    const flags = [...goBuildFlags, '-ldflags', '-s -w']
    const args = ['build', ...flags, '-o', join(directory, 'kube-score'), 'github.com/zegl/kube-score/cmd/kube-score']
    await buildWithGo({ what: `kube-score ${version} (a minute)`, args, module: toolsDirectory })
  })
  return join(directory, 'kube-score')
}
