import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { build } from 'esbuild'

import { directoriesOf, imageUser, nodeFiles } from '../../../scripts/image/node-files.ts'
import { nodeSourceOfThisMachine } from '../../../scripts/image/node-source.ts'
import type { ImageOptions } from '../../../scripts/image/oci-archive.ts'
import type { TarEntry } from '../../../scripts/image/tar.ts'

export const simulatorImageName = 'localhost/s3-audit-simulators:e2e'

const simulators = join(import.meta.dirname, '../../simulators')

/**
 * Both simulators in one image, `/app/weka.mjs` and `/app/hec.mjs`, on the same Node as the operator.
 *
 * @param directory gets the two bundles.
 */
export async function simulatorImage(directory: string): Promise<ImageOptions> {
  const source = nodeSourceOfThisMachine()
  const files: TarEntry[] = []
  for (const name of ['hec', 'weka']) {
    const outfile = join(directory, `${name}.mjs`)
    await build({
      entryPoints: [join(simulators, name, 'main.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      define: { bundledVersion: '"e2e"' },
      banner: {
        // Some dependencies are CommonJS and call `require` for Node's own modules.
        js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url)",
      },
      logLevel: 'warning',
    })
    files.push({ type: 'file', path: `app/${name}.mjs`, mode: 0o644, content: await readFile(outfile) })
  }
  return {
    name: simulatorImageName,
    architecture: source.architecture,
    layers: [nodeFiles(source), [...directoriesOf(files), ...files]],
    config: { Entrypoint: ['/usr/local/bin/node'], User: `${imageUser}:${imageUser}`, WorkingDir: '/app' },
  }
}
