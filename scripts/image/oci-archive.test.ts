import { createHash } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { nodeFiles } from './node-files.ts'
import { nodeSourceOfThisMachine } from './node-source.ts'
import { ociArchive } from './oci-archive.ts'
import type { TarEntry } from './tar.ts'

const file: TarEntry = { type: 'file', path: 'app/file', mode: 0o644, content: Buffer.from('content') }
const given = {
  name: 'localhost/name:1.0',
  architecture: 'amd64',
  layers: [[file]],
  config: { Entrypoint: ['/app/file'], User: '65532' },
} as const

describe('ociArchive', () => {
  test('gives the same bytes twice, and others for another content', () => {
    const bytes = (content: string): Buffer =>
      Buffer.concat(ociArchive({ ...given, layers: [[{ ...file, content: Buffer.from(content) }]] }).parts)
    expect(bytes('content').equals(bytes('content'))).toBe(true)
    expect(bytes('content').equals(bytes('CONTENT'))).toBe(false)
  })

  test('is named by the digest of its manifest, whose blobs are all there', () => {
    const archive = ociArchive(given)
    const blobs = new Map(archive.parts.map((part) => [createHash('sha256').update(part).digest('hex'), part]))
    const read = (digest: string): unknown =>
      JSON.parse(Buffer.from(blobs.get(digest.replace('sha256:', '')) ?? []).toString()) as unknown
    const manifest = read(archive.digest) as { config: { digest: string }; layers: { digest: string; size: number }[] }
    expect(read(manifest.config.digest)).toMatchObject({
      architecture: 'amd64',
      config: given.config,
      rootfs: { diff_ids: manifest.layers.map(({ digest }) => digest) },
    })
    expect(archive.layerBytes).toBe(manifest.layers[0]?.size)
  })
})

describe.runIf(process.platform === 'linux')('nodeFiles', () => {
  test('has no shell, and no file that others than root may write but below /tmp', () => {
    const entries = nodeFiles(nodeSourceOfThisMachine())
    const programs = entries.map(({ path }) => path).filter((path) => /\bs?bin\//.test(path))
    expect(programs).toEqual(['usr/local/bin/node'])
    const open = entries.filter((entry) => entry.type !== 'link' && (entry.mode & 0o022) !== 0)
    expect(open.map(({ path }) => path)).toEqual(['tmp'])
  })

  test('is below 150 MB with room for the operator', () => {
    const sizes = nodeFiles(nodeSourceOfThisMachine()).map((entry) =>
      entry.type === 'file' ? entry.content.length : 0,
    )
    expect(sizes.reduce((total, size) => total + size, 0)).toBeLessThan(145e6)
  })
})
