import type { z } from 'zod'

/** A spec with its defaults, or what is wrong with it in one line that can stand in a condition. */
export type ParsedSpec<T> = { readonly spec: T } | { readonly problem: string }

const maximumIssues = 5

/**
 * Reads the spec of a stored object. The API server has checked it already, against the definition installed in the
 * cluster: that one may be older than the operator, or loosened by hand. The text names fields and rules and never
 * holds a value, for a misplaced value can be a token.
 */
export function parseSpec<T>(schema: z.ZodType<T>, value: unknown): ParsedSpec<T> {
  const result = schema.safeParse(value)
  if (result.success) return { spec: result.data }
  const { issues } = result.error
  const texts = issues.slice(0, maximumIssues).map((issue) => `${fieldName(issue.path)} ${expectation(issue, value)}`)
  const rest = issues.length > maximumIssues ? `; and ${issues.length - maximumIssues} more` : ''
  return {
    problem: `${texts.join('; ')}${rest}. Correct the resource, and install the CustomResourceDefinitions of this release: those in the cluster let it pass`,
  }
}

function fieldName(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
  return `\`spec${steps.join('')}\``
}

function expectation(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return valueAt(value, issue.path) === undefined ? 'must be set' : `must be of type ${issue.expected}`
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => `'${String(value)}'`).join(', ')}`
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty'
      return `must be at least ${issue.minimum}${unit(issue.origin)}`
    case 'too_big':
      return `must be at most ${issue.maximum}${unit(issue.origin)}`
    default:
      return issue.message
  }
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters long'
  return origin === 'array' ? ' entries long' : ''
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Reflect.get(current, step)
  }
  return current
}
