import { environmentVariable, type Flag } from '../../src/config/flag.ts'
import { flags } from '../../src/config/flags.ts'
import { testFlags } from '../../src/config/test-flags.ts'
import { code, markdownTable, prose } from './markdown-table.ts'

/** Every flag of the operator, or of its command `test`. */
export function flagTable(command: 'run' | 'test'): string {
  const all: readonly Flag[] = Object.values(command === 'run' ? flags : testFlags)
  const rows = all.map((flag) => [
    code(`--${flag.name}${flag.placeholder === undefined ? '' : ` <${flag.placeholder}>`}`),
    code(environmentVariable(flag)),
    flag.default === '' ? '–' : code(flag.default),
    prose(`${flag.description}${flag.repeatable === true ? ' Repeat it, or give a list with commas.' : ''}`),
  ])
  return markdownTable(['Flag', 'Variable', 'Default', 'Description'], rows)
}
