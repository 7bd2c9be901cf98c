import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { kinds } from '../../src/api/kinds.ts'
import { structuralSchemaOf } from '../../src/api/structural-schema.ts'
import { readAlertRules } from '../alerts/alert-rules.ts'
import type { GeneratedFile } from '../generated-file.ts'
import { alertTable } from './alert-table.ts'
import { readBenchResults } from './bench-results.ts'
import { columnTable } from './column-table.ts'
import { faultTable } from './fault-table.ts'
import { fieldTable } from './field-table.ts'
import { flagTable } from './flag-table.ts'
import { hecCodeTable } from './hec-code-table.ts'
import { metricTables } from './metric-tables.ts'
import { reasonTables } from './reason-tables.ts'
import { replaceBlocks } from './replace-blocks.ts'
import { rightsTable } from './rights-table.ts'
import { sizingTable } from './sizing-table.ts'
import { verdictTable } from './verdict-table.ts'

/** Everything that pages can have between markers, by name. Alert rules and recorded benchmarks are read below `root`. */
export function generatedBlocks(root: string): ReadonlyMap<string, string> {
  return new Map([
    ...kinds.flatMap((kind): [string, string][] => [
      [`${kind.singular}-spec`, fieldTable(structuralSchemaOf(kind.spec), 'spec')],
      [`${kind.singular}-status`, fieldTable(structuralSchemaOf(kind.status), 'status')],
      [`${kind.singular}-columns`, columnTable(kind.columns)],
    ]),
    ...reasonTables(),
    ...metricTables(),
    ['alerts', alertTable(readAlertRules(root).alerts)],
    ['hec-codes', hecCodeTable()],
    ['verdicts', verdictTable()],
    ['rights', rightsTable(root)],
    ['faults', faultTable()],
    ['sizing', sizingTable(readBenchResults(root))],
    ['flags', flagTable('run')],
    ['test-flags', flagTable('test')],
    ['doctor-flags', flagTable('doctor')],
    ['uninstall-flags', flagTable('uninstall')],
  ])
}

/** The pages of `docs` with their generated blocks renewed. @throws Error that names the page. */
export async function pages(root: string): Promise<readonly GeneratedFile[]> {
  const blocks = generatedBlocks(root)
  const names = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const path = `docs/${name}`
      const page = await readFile(join(root, path), 'utf8')
      try {
        return { path, content: replaceBlocks(page, blocks) }
      } catch (error) {
        throw new Error(`${path} cannot be generated`, { cause: error })
      }
    }),
  )
}
