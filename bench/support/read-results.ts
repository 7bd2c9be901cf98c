import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { ResultName, Results } from './results-page.ts'

/** What is recorded in a folder; undefined for a benchmark that is not. @throws SyntaxError when a file is no JSON. */
export async function readResults(folder: string): Promise<Results> {
  async function read<K extends ResultName>(name: K): Promise<Results[K]> {
    try {
      return JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as Results[K]
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }
  return {
    runtime: await read('runtime'),
    soak: await read('soak'),
    containment: await read('containment'),
    scheduler: await read('scheduler'),
  }
}
