import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildWithGo, goBuildFlags } from '../control-plane/go-build.ts'
import { provideTool } from '../control-plane/tool-cache.ts'

/** The Go module that pins the collector and the few components of it that are built. */
const toolsDirectory = join(import.meta.dirname, 'tools')

/** Path of an OpenTelemetry Collector: from the cache, or built from Go modules (minutes; progress on stderr). */
export async function findOtelCollector(): Promise<string> {
  const goMod = join(toolsDirectory, 'go.mod')
  const version = /^\tgo\.opentelemetry\.io\/collector\/otelcol (v\S+)/m.exec(readFileSync(goMod, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${goMod} names no version of the collector`)
  const sources = [goMod, join(toolsDirectory, 'go.sum'), join(toolsDirectory, 'main.go')]
  const directory = await provideTool({ name: 'otel-collector', version, sources }, async (directory) => {
    const args = ['build', ...goBuildFlags, '-ldflags', '-s -w', '-o', join(directory, 'otelcol'), '.']
    await buildWithGo({ what: `OpenTelemetry Collector ${version} (some minutes)`, args, module: toolsDirectory })
  })
  return join(directory, 'otelcol')
}
