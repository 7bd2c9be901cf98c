import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { readResults } from './read-results.ts'
import { type ResultName, type Results, resultsPage } from './results-page.ts'

const folder = join(import.meta.dirname, '../results')

/** Records a result as JSON and writes the page of all results anew. A dry run prints both instead. */
export async function writeResult<K extends ResultName>(
  name: K,
  result: NonNullable<Results[K]>,
  { dryRun }: { readonly dryRun: boolean },
): Promise<void> {
  const page = resultsPage({ ...(await readResults(folder)), [name]: result })
  if (dryRun) {
    console.log(JSON.stringify(result, undefined, 2))
    console.log(page)
    return
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`)
  await writeFile(join(folder, 'README.md'), page)
}
