import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { ConformanceBackend } from './provider-harness.ts'

const directory = join(import.meta.dirname, 'backends')

/** Every backend of every file in `backends`, in the order of the file names. */
export async function loadBackends(): Promise<readonly ConformanceBackend[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.ts')).sort()
  const loaded = await Promise.all(
    names.map(async (name) => {
      const { backends } = (await import(join(directory, name))) as { backends?: readonly ConformanceBackend[] }
      if (backends === undefined) throw new Error(`test/conformance/backends/${name} exports no \`backends\``)
      return backends
    }),
  )
  return loaded.flat()
}
