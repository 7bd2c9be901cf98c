import type { ChartValue } from './chart-values.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** What Helm itself, or a chart that this one is a dependency of, puts among the values. */
const reserved: Readonly<Record<string, JsonSchema>> = {
  global: { type: 'object', description: 'Values of all charts of a release; not used by this one.' },
  enabled: {
    type: 'boolean',
    description: 'For a `condition` of a chart that this one is a dependency of; not used by the chart itself.',
  },
}

/**
 * The JSON Schema of a chart's values, which Helm checks: nothing but what values.yaml names is let through, of the type of its default.
 * @throws Error that names a value whose default does not tell what it may hold, and whose comment does not either.
 */
export function valuesSchema(values: readonly ChartValue[]): JsonSchema {
  const { properties, ...rest } = objectSchema(values)
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...rest, properties: { ...properties, ...reserved } }
}

function objectSchema(
  values: readonly ChartValue[],
): { readonly properties: Readonly<Record<string, JsonSchema>> } & JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(values.map((value) => [value.path.at(-1) ?? '', schemaOf(value)])),
  }
}

function schemaOf(value: ChartValue): JsonSchema {
  const { description, schema, children } = value
  if (children.length > 0) return { description, ...objectSchema(children) }
  const type = typeOf(value.default)
  const inner = type === 'array' ? 'items' : type === 'object' ? 'additionalProperties' : undefined
  if (type === undefined || (inner !== undefined && schema[inner] === undefined)) {
    throw new Error(
      `${value.path.join('.')} in values.yaml needs a line with @schema that tells its ${inner ?? 'type'}`,
    )
  }
  return { description, type, ...schema, default: value.default }
}

function typeOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return 'array'
  if (Number.isInteger(value)) return 'integer'
  if (value === null || typeof value === 'number') return undefined
  return typeof value
}
