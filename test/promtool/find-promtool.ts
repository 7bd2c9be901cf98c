import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildWithGo, goBuildFlags } from '../control-plane/go-build.ts'
import { provideTool } from '../control-plane/tool-cache.ts'

/** The Go module that pins Prometheus; its Kubernetes libraries are those of the control plane, which are compiled by then. */
const toolsDirectory = join(import.meta.dirname, 'tools')

/** Path of Prometheus' promtool: from the cache, or built from Go modules (minutes; progress on stderr). */
export async function findPromtool(): Promise<string> {
  const goMod = join(toolsDirectory, 'go.mod')
  const version = /^\tgithub\.com\/prometheus\/prometheus (v\S+)/m.exec(readFileSync(goMod, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${goMod} names no version of Prometheus`)
  const sources = [goMod, join(toolsDirectory, 'go.sum')]
  const directory = await provideTool({ name: 'promtool', version, sources }, async (directory) => {
    // Without the clients of all clouds, which promtool would find scrape targets with.
    const flags = [...goBuildFlags, '-tags', 'remove_all_sd', '-ldflags', '-s -w']
    const args = ['build', ...flags, '-o', join(directory, 'promtool'), 'github.com/prometheus/prometheus/cmd/promtool']
    await buildWithGo({ what: `promtool of Prometheus ${version} (some minutes)`, args, module: toolsDirectory })
  })
  return join(directory, 'promtool')
}
