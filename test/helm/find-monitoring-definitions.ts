import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { reportProgress } from '../control-plane/progress.ts'
import { runCommand } from '../control-plane/run-command.ts'
import { provideTool } from '../control-plane/tool-cache.ts'

const source = {
  module: 'github.com/prometheus-operator/prometheus-operator',
  version: 'v0.85.0',
  sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
}
const names = ['servicemonitors', 'podmonitors', 'prometheusrules']

/** Paths of the definitions of the Prometheus operator's kinds, out of its Go module: from the cache, or downloaded (4 MB). */
export async function findMonitoringDefinitions(): Promise<readonly string[]> {
  const { module, version, sum } = source
  const files = names.map((name) => `monitoring.coreos.com_${name}.yaml`)
  const directory = await provideTool({ name: 'prometheus-operator-definitions', version }, async (directory) => {
    using _progress = reportProgress(`Downloading the definitions of the Prometheus operator ${version}`)
    const { code, stdout, stderr } = await runCommand('go', ['mod', 'download', '-json', `${module}@${version}`], {
      cwd: directory,
      env: { ...process.env, GOFLAGS: '', GOWORK: 'off' },
    })
    if (code !== 0)
      throw new Error(`go mod download ${module}@${version} failed (exit code ${code}):\n${stdout}${stderr}`)
    const download = z.object({ Dir: z.string(), Sum: z.string() }).parse(JSON.parse(stdout))
    if (download.Sum !== sum)
      throw new Error(`${module}@${version} is not what it was: ${download.Sum} instead of ${sum}`)
    const folder = join(download.Dir, 'example/prometheus-operator-crd')
    await Promise.all(files.map((file) => copyFile(join(folder, file), join(directory, file))))
  })
  return files.map((file) => join(directory, file))
}
