import type { z } from 'zod'

/** Why the API server says it refuses, as in `reason` of a CEL rule. */
export type RefusalReason = 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired'

/** A rule over a value, said twice side by side: as CEL for admission and as code for specs that are stored already. */
export interface ValidationRule<T> {
  /** CEL over `self`; must stay within the API server's cost limits, so bound what it touches. */
  readonly cel: string
  /** "must ..."; one line, fields in back-quotes. */
  readonly message: string
  /** The same as `cel`. Left out for transition rules, which need the old value. */
  readonly holds?: (value: T) => boolean
  readonly reason?: RefusalReason
  /** Below the value, for a rule on an object: `.timeoutSeconds`. */
  readonly fieldPath?: string
}

/** `schema` with `rules`: as `x-kubernetes-validations` in its JSON Schema and as checks when it parses. */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly ValidationRule<z.output<S>>[]): S {
  let checked = schema
  for (const rule of rules) {
    const holds = rule.holds
    if (holds === undefined) continue
    const path = rule.fieldPath?.split('.').filter((name) => name !== '')
    checked = checked.refine(holds, { error: rule.message, ...(path === undefined ? {} : { path }) })
  }
  return checked.meta({ 'x-kubernetes-validations': rules.map(validation) })
}

/**
 * A rule that a text has, or has not, a match of `pattern`, which must mean the same in RE2 and in JavaScript.
 * With `given` it holds of texts that do not match that, so that one mistake is not told twice.
 */
export function patternRule(
  expectation: 'Matches' | 'Lacks',
  pattern: string,
  message: string,
  given?: string,
): ValidationRule<string> {
  const matches = new RegExp(pattern, 'u')
  const wanted = expectation === 'Matches'
  const rule = {
    cel: `${wanted ? '' : '!'}self.matches(${celString(pattern)})`,
    message,
    holds: (text: string): boolean => matches.test(text) === wanted,
  }
  return given === undefined ? rule : onlyIf(given, rule)
}

/** `rule`, for texts that match `pattern` only. */
export function onlyIf(
  pattern: string,
  rule: { readonly cel: string; readonly message: string; readonly holds: (text: string) => boolean },
): ValidationRule<string> {
  const applies = new RegExp(pattern, 'u')
  return {
    ...rule,
    cel: `!self.matches(${celString(pattern)}) || ${rule.cel}`,
    holds: (text) => !applies.test(text) || rule.holds(text),
  }
}

interface Validation {
  readonly rule: string
  readonly message: string
  readonly reason?: RefusalReason
  readonly fieldPath?: string
}

function validation(rule: ValidationRule<never>): Validation {
  return {
    rule: rule.cel,
    message: rule.message,
    ...(rule.reason === undefined ? {} : { reason: rule.reason }),
    ...(rule.fieldPath === undefined ? {} : { fieldPath: rule.fieldPath }),
  }
}

function celString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
