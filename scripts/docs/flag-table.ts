import { environmentVariable, type Flag, flags } from '../../src/config/flags.ts'
import { code, markdownTable, prose } from './markdown-table.ts'

/** Every flag of the operator. */
export function flagTable(): string {
  const all: readonly Flag[] = Object.values(flags)
  const rows = all.map((flag) => [
    code(`--${flag.name}${flag.placeholder === undefined ? '' : ` <${flag.placeholder}>`}`),
    code(environmentVariable(flag)),
    flag.default === '' ? '–' : code(flag.default),
    prose(`${flag.description}${flag.repeatable === true ? ' Repeat it, or give a list with commas.' : ''}`),
  ])
  return markdownTable(['Flag', 'Variable', 'Default', 'Description'], rows)
}
