import { doctorFlags } from '../../src/config/doctor-flags.ts'
import { environmentVariable, type Flag } from '../../src/config/flag.ts'
import { flags } from '../../src/config/flags.ts'
import type { CommandName } from '../../src/config/help.ts'
import { testFlags } from '../../src/config/test-flags.ts'
import { uninstallFlags } from '../../src/config/uninstall-flags.ts'
import { code, markdownTable, prose } from './markdown-table.ts'

const flagsOf: { readonly [C in CommandName]: Readonly<Record<string, Flag>> } = {
  run: flags,
  test: testFlags,
  doctor: doctorFlags,
  uninstall: uninstallFlags,
  crds: {},
}

/** Every flag of a command. */
export function flagTable(command: CommandName): string {
  const all = Object.values(flagsOf[command])
  const rows = all.map((flag) => [
    code(
      `${flag.short === undefined ? '' : `-${flag.short}, `}--${flag.name}${flag.placeholder === undefined ? '' : ` <${flag.placeholder}>`}`,
    ),
    code(environmentVariable(flag)),
    flag.default === '' ? '–' : code(flag.default),
    prose(`${flag.description}${flag.repeatable === true ? ' Repeat it, or give a list with commas.' : ''}`),
  ])
  return markdownTable(['Flag', 'Variable', 'Default', 'Description'], rows)
}
