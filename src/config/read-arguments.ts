import { parseArgs } from 'node:util'

import { environmentVariable, type Flag } from './flag.ts'

/** The values given for one flag, and where: the flag itself, or its environment variable. */
export interface GivenValues {
  readonly source: string
  readonly values: readonly string[]
}

export type ReadArguments =
  | {
      readonly positionals: readonly string[]
      /** By the name of the flag; flags that were not given are absent. */
      readonly given: ReadonlyMap<string, GivenValues>
      readonly help: boolean
      readonly version: boolean
    }
  | { readonly problem: string }

/**
 * Reads the command line, and the environment for flags that it does not name. An empty variable counts as absent, since that is
 * what a template without a value leaves. Lists are split at commas.
 */
export function readArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  flags: readonly Flag[],
): ReadArguments {
  // Node would refuse with several lines about positionals, so the tokens are judged here.
  const { tokens } = parseArgs({
    args: [...argv],
    options: {
      ...Object.fromEntries(
        flags.map((flag) => [
          flag.name,
          {
            type: isSwitch(flag) ? ('boolean' as const) : ('string' as const),
            ...(flag.short === undefined ? {} : { short: flag.short }),
          },
        ]),
      ),
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
    strict: false,
    tokens: true,
  })
  const positionals: string[] = []
  const fromFlags = new Map<string, string[]>()
  let help = false
  let version = false
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    if (token.name === 'help') help = true
    else if (token.name === 'version') version = true
    else {
      const negated = flags.find((flag) => isSwitch(flag) && token.name === `no-${flag.name}`)
      const flag = negated ?? flags.find(({ name }) => name === token.name)
      if (flag === undefined) {
        // Help is worth more than a complaint about what stands beside it.
        if (argv.includes('--help')) continue
        return { problem: `unknown flag ${token.rawName}: --help lists the flags` }
      }
      const value = valueOf(token, flag, negated !== undefined)
      if (value === undefined) return { problem: missing(flag, token.rawName, negated !== undefined) }
      fromFlags.set(flag.name, [...(fromFlags.get(flag.name) ?? []), value])
    }
  }
  const given = new Map<string, GivenValues>()
  for (const flag of flags) {
    const variable = environmentVariable(flag)
    const own = fromFlags.get(flag.name)
    const inherited = env[variable]
    if (own !== undefined) given.set(flag.name, { source: `--${flag.name}`, values: split(flag, own) })
    else if (inherited) given.set(flag.name, { source: variable, values: split(flag, [inherited]) })
  }
  return { positionals, given, help, version }
}

interface OptionToken {
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

/** Undefined: a value is wanted and absent, or given and not wanted. */
function valueOf({ value, inlineValue }: OptionToken, flag: Flag, negated: boolean): string | undefined {
  if (negated) return value === undefined ? 'false' : undefined
  if (isSwitch(flag)) return value ?? 'true'
  return value !== undefined && (inlineValue === true || value === '-' || !value.startsWith('-')) ? value : undefined
}

function missing(flag: Flag, rawName: string, negated: boolean): string {
  return negated ? `${rawName} takes no value` : `${rawName} needs a value: it must be ${flag.rule}`
}

function split(flag: Flag, values: readonly string[]): readonly string[] {
  if (flag.repeatable !== true) return values
  return values.flatMap((value) => value.split(',')).map((value) => value.trim())
}

function isSwitch(flag: Flag): boolean {
  return flag.placeholder === undefined
}
