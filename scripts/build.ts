import { readFileSync } from 'node:fs'
import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { build } from 'esbuild'

// Bundles the operator with everything it needs into one file, dist/s3-audit-operator.mjs.

const root = join(import.meta.dirname, '..')
const output = join(root, 'dist/s3-audit-operator.mjs')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }

await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: output,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  define: { bundledVersion: JSON.stringify(version) },
  banner: {
    // Some dependencies are CommonJS and call `require` for Node's own modules, which an ES module does not have.
    js: [
      '#!/usr/bin/env node',
      "import { createRequire as createRequireOfBundle } from 'node:module'",
      'const require = createRequireOfBundle(import.meta.url)',
    ].join('\n'),
  },
  legalComments: 'eof',
  sourcemap: 'external',
  sourcesContent: false,
  logLevel: 'warning',
})
await chmod(output, 0o755)

const { size } = await stat(output)
console.log(`Wrote dist/s3-audit-operator.mjs (version ${version}, ${(size / 1024 / 1024).toFixed(1)} MB)`)
