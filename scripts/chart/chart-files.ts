import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { replaceBlocks } from '../docs/replace-blocks.ts'
import type { GeneratedFile } from '../generated-file.ts'
import { readChartValues } from './chart-values.ts'
import { crdTemplates } from './crd-templates.ts'
import { valuesSchema } from './values-schema.ts'
import { valuesTable } from './values-table.ts'

/** Where the chart stands, below the root of the repository. */
export const chartFolder = 'charts/s3-audit-operator'

/** What is generated of the chart: the schema of its values, their table in its README, and the templates of the definitions. */
export async function chartFiles(root: string): Promise<readonly GeneratedFile[]> {
  const read = (name: string): Promise<string> => readFile(join(root, chartFolder, name), 'utf8')
  const values = readChartValues(await read('values.yaml'))
  const readme = replaceBlocks(await read('README.md'), new Map([['values', valuesTable(values)]]))
  return [
    { path: `${chartFolder}/values.schema.json`, content: `${JSON.stringify(valuesSchema(values), null, 2)}\n` },
    { path: `${chartFolder}/README.md`, content: readme },
    ...crdTemplates(),
  ]
}
