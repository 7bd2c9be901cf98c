import type { PrinterColumn } from '../../src/api/custom-resource-definition.ts'
import { code, markdownTable } from './markdown-table.ts'

/** The columns of `kubectl get`, in its order, and where each is taken from. */
export function columnTable(columns: readonly PrinterColumn[]): string {
  const rows = columns.map(({ name, jsonPath, description, priority }) => [
    code(name.toUpperCase()),
    priority === 1 ? '`-o wide`' : 'always',
    description,
    code(jsonPath),
  ])
  return markdownTable(['Column', 'Shown', 'Says', 'Taken from'], rows)
}
