import { z } from 'zod'

import { parseIpBlock } from '../net/ip-address.ts'
import type { Flag } from './flag.ts'

/** The last value given, as `read` sees it; undefined from `read` refuses it. */
export function single<T>(read: (text: string) => T | undefined): Flag<T>['schema'] {
  return z.array(z.string()).transform((values, context): T => {
    const value = read(values.at(-1) ?? '')
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', path: [values.length - 1] })
    return z.NEVER
  })
}

/** The last value given, or undefined. */
export function optional(schema: z.ZodType<string, string>): Flag<string | undefined>['schema'] {
  return z.array(schema).transform((values) => values.at(-1))
}

/** The value of a switch. */
export function readBoolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}

/** Address blocks. */
export function cidrs(): Flag<readonly string[]>['schema'] {
  return z.array(z.string().refine((text) => parseIpBlock(text) !== undefined)).readonly()
}

/** The value where it lies between the two, both included. */
export function inRange(value: number | undefined, minimum: number, maximum: number): number | undefined {
  return value !== undefined && value >= minimum && value <= maximum ? value : undefined
}
