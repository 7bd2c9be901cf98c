import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { generatedFiles } from './generated-files.ts'

// Writes the files that are generated from the source; with --check compares them and exits 1 when one differs.

const root = join(import.meta.dirname, '..')
const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values

const stale: string[] = []
for (const file of await generatedFiles(root)) {
  const path = join(root, file.path)
  const present = await readFile(path, 'utf8').catch(() => undefined)
  if (present === file.content) continue
  stale.push(file.path)
  if (!check) {
    await writeFile(path, file.content)
    console.log(`Wrote ${file.path}`)
  }
}

if (check && stale.length > 0) {
  console.error(`Out of date: ${stale.join(', ')}. Run 'npm run generate' and commit the result.`)
  process.exitCode = 1
}
