import type { Flag } from './flag.ts'
import type { GivenValues } from './read-arguments.ts'

/** Longer values are cut where they are repeated to the user. */
const maximumShownLength = 80

/** One line that names the flag, its value and what must hold. */
export interface BadValue {
  readonly problem: string
}

/** The settings that the values make, with the default where none was given. */
export function readFlags<C extends object>(
  flags: { readonly [K in keyof C]: Flag<C[K]> },
  given: ReadonlyMap<string, GivenValues>,
): { readonly settings: C } | BadValue {
  const settings: Partial<C> = {}
  for (const key of Object.keys(flags) as (keyof C)[]) {
    const flag = flags[key]
    const own = given.get(flag.name) ?? { source: '', values: flag.default === '' ? [] : [flag.default] }
    const result = flag.schema.safeParse(own.values)
    if (!result.success) return { problem: describeProblem(flag, own, result.error.issues[0]?.path[0]) }
    settings[key] = result.data
  }
  return { settings: settings as C }
}

/** Quoted, in one line, and cut. */
export function showValue(value: string): string {
  const short = value.length > maximumShownLength ? `${value.slice(0, maximumShownLength)}...` : value
  return `'${short.replaceAll(/\p{Cc}/gu, ' ')}'`
}

function describeProblem(flag: Flag, { source, values }: GivenValues, index: PropertyKey | undefined): string {
  const value = values[typeof index === 'number' ? index : 0] ?? ''
  // A URL may hold a password or a token.
  const shown = flag.confidential === true || value.includes('://') ? '' : ` ${showValue(value)}`
  return `${source}${shown}: must be ${flag.rule}`
}
