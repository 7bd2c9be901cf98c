import type { z } from 'zod'

/** One flag: what the parser, `--help` and the docs know of it. */
export interface Flag<T = unknown> {
  /** Without the dashes. */
  readonly name: string
  /** One letter that stands for it after a single dash. */
  readonly short?: string
  /** Stands for the value in `--help`; absent: a switch, which takes none and has a `--no-` form. */
  readonly placeholder?: string
  /** May be given several times, or as a list with commas. */
  readonly repeatable?: boolean
  /** Used when neither flag nor variable is given; `''`: there is none. As text, to be shown and read like any other. */
  readonly default: string
  readonly description: string
  /** What must hold of a value, to follow "must be". */
  readonly rule: string
  /** Reads the list of values: those given, else the default, so that only without one it is empty. */
  readonly schema: z.ZodType<T, readonly string[]>
  /** A wrong value may be a token that was given in the wrong place, and is not repeated. */
  readonly confidential?: true
}

/** The environment variable that stands for the flag: `S3AUDIT_` and its name. */
export function environmentVariable(flag: Flag): string {
  return `S3AUDIT_${flag.name.replaceAll('-', '_').toUpperCase()}`
}
