import { mkdir, readFile, writeFile } from 'node:fs/promises'

import { type ResultName, type Results, resultsPage } from './results-page.ts'

const folder = new URL('../results/', import.meta.url)

/** Records a result as JSON and writes the page of all results anew. A dry run prints both instead. */
export async function writeResult<K extends ResultName>(
  name: K,
  result: NonNullable<Results[K]>,
  { dryRun }: { readonly dryRun: boolean },
): Promise<void> {
  const results: Results = {
    runtime: await read('runtime'),
    soak: await read('soak'),
    containment: await read('containment'),
    scheduler: await read('scheduler'),
    [name]: result,
  }
  const page = resultsPage(results)
  if (dryRun) {
    console.log(JSON.stringify(result, undefined, 2))
    console.log(page)
    return
  }
  await mkdir(folder, { recursive: true })
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(result, undefined, 2)}\n`)
  await writeFile(new URL('README.md', folder), page)
}

async function read<K extends ResultName>(name: K): Promise<Results[K]> {
  try {
    return JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8')) as Results[K]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
