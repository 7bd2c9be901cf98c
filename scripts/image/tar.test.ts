import { execFileSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { tar, type TarEntry } from './tar.ts'

describe('tar', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 's3-audit-tar-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const file = (path: string, bytes: number): TarEntry => {
    return { type: 'file', path, mode: 0o640, content: Buffer.alloc(bytes, 'x') }
  }

  test('writes what the tar program reads', () => {
    const archive = join(directory, 'archive.tar')
    const entries: readonly TarEntry[] = [
      { type: 'directory', path: 'a', mode: 0o750 },
      file('a/empty', 0),
      file('a/block', 512),
      file('a/more', 513),
      { type: 'link', path: 'a/link', target: 'more' },
    ]
    writeFileSync(archive, Buffer.concat(tar(entries)))
    execFileSync('tar', ['--extract', '--same-permissions', '--file', archive, '--directory', directory])
    expect(lstatSync(join(directory, 'a')).mode & 0o777).toBe(0o750)
    expect(readFileSync(join(directory, 'a/empty'))).toHaveLength(0)
    expect(readFileSync(join(directory, 'a/block'))).toHaveLength(512)
    expect(readFileSync(join(directory, 'a/more'), 'utf8')).toBe('x'.repeat(513))
    expect(lstatSync(join(directory, 'a/more')).mode & 0o777).toBe(0o640)
    expect(readlinkSync(join(directory, 'a/link'))).toBe('more')
  })

  test('refuses a path that the format cannot hold', () => {
    expect(() => tar([file('x'.repeat(101), 1)])).toThrow(RangeError)
  })
})
