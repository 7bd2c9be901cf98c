import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { neededLibraries } from './needed-libraries.ts'

describe('neededLibraries', () => {
  test.runIf(process.platform === 'linux')('names what Node is linked with', () => {
    const names = neededLibraries(readFileSync(process.execPath))
    expect(names).toContain('libc.so.6')
    expect(names.filter((name) => !/^[\w+.-]+\.so\.\d+$/.test(name))).toEqual([])
  })

  test('refuses what is no program', () => {
    expect(() => neededLibraries(Buffer.from('#!/bin/sh\necho hello\n'))).toThrow('no 64-bit little-endian ELF file')
  })
})
