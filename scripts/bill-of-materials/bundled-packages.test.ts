import { describe, expect, test } from 'vitest'

import { bundledPackages } from './bundled-packages.ts'

const locked = {
  '': { version: '0.1.0' },
  'node_modules/zod': { version: '4.0.0', integrity: 'sha512-AAAA', license: 'MIT' },
  'node_modules/@scope/name': { version: '2.0.0' },
  'node_modules/@scope/name/node_modules/zod': { version: '3.0.0' },
  'node_modules/esbuild': { version: '1.0.0' },
}

function metadata(inputs: Readonly<Record<string, number>>): Parameters<typeof bundledPackages>[0] {
  const entries = Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }] as const)
  return { outputs: { 'dist/bundle.mjs': { inputs: Object.fromEntries(entries) } } }
}

describe('bundledPackages', () => {
  test('names each package of which code is in the bundle once, nested ones too', () => {
    const inputs = {
      'src/main.ts': 10,
      'node_modules/zod/index.js': 5,
      'node_modules/zod/other.js': 5,
      'node_modules/@scope/name/index.js': 5,
      'node_modules/@scope/name/node_modules/zod/index.js': 5,
    }
    expect(bundledPackages(metadata(inputs), locked)).toEqual([
      { name: '@scope/name', version: '2.0.0', integrity: undefined, license: undefined },
      { name: 'zod', version: '3.0.0', integrity: undefined, license: undefined },
      { name: 'zod', version: '4.0.0', integrity: 'sha512-AAAA', license: 'MIT' },
    ])
  })

  test('leaves out a package of which nothing was left', () => {
    expect(bundledPackages(metadata({ 'node_modules/zod/index.js': 0 }), locked)).toEqual([])
  })

  test('refuses code of a package that is not locked', () => {
    expect(() => bundledPackages(metadata({ 'node_modules/stray/index.js': 1 }), locked)).toThrow('npm install')
  })
})
