import type { StructuralSchema } from '../../src/api/structural-schema.ts'
import { code, markdownTable, prose } from './markdown-table.ts'

/** One field of a spec or status, with everything below it in the rows that follow. */
export interface Field {
  /** Below `.spec` or `.status`: `tls.caCertificateRef.name`, and `conditions[].type` for what each entry of a list has. */
  readonly path: string
  readonly schema: StructuralSchema
  readonly required: boolean
}

/** Every field of a schema, parents before children, in the order of the schema. */
export function fieldsOf(schema: StructuralSchema, above = ''): readonly Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const path = `${above}${name}`
    const required = schema.required?.includes(name) ?? false
    return [
      { path, schema: inner, required },
      ...fieldsOf(inner, `${path}.`),
      ...fieldsOf(inner.items ?? { type: 'object' }, `${path}[].`),
    ]
  })
}

/** The reference table of a spec, which says what must be given, or of a status. */
export function fieldTable(schema: StructuralSchema, part: 'spec' | 'status'): string {
  const rows = fieldsOf(schema).map((field) => [
    code(field.path),
    typeOf(field.schema),
    `${field.required && part === 'spec' ? 'Required. ' : ''}${prose(field.schema.description ?? '')}`,
  ])
  return markdownTable(['Field', 'Type', 'Description'], rows)
}

function typeOf(schema: StructuralSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ')
  if (schema.format === 'date-time') return 'time'
  switch (schema.type) {
    case 'array':
      return schema.items?.type === 'string' ? `list of strings, at most ${schema.maxItems ?? ''}` : 'list'
    case 'integer': {
      const { minimum, maximum } = schema
      const bounded = maximum !== undefined && maximum < 2 ** 31 - 1
      return bounded ? `integer, ${minimum ?? ''} to ${maximum}` : `integer, ${minimum ?? ''} or more`
    }
    default:
      return schema.type
  }
}
