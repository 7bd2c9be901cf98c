import { z } from 'zod'

/** A node of an OpenAPI v3 schema as a CustomResourceDefinition takes it. */
export interface StructuralSchema {
  readonly description?: string
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  readonly format?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: StructuralSchema
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, StructuralSchema>>
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-validations'?: readonly StructuralValidation[]
}

/** A CEL rule over the node it stands on. */
export interface StructuralValidation {
  readonly rule: string
  readonly message: string
  readonly reason?: string
  readonly fieldPath?: string
}

const validation: z.ZodType<StructuralValidation> = z.strictObject({
  rule: z.string(),
  message: z.string(),
  reason: z.string().exactOptional(),
  fieldPath: z.string().exactOptional(),
})

/**
 * What a CRD of this project may say, in the order it is printed. Strict: a keyword that is not listed (`anyOf`, `nullable`,
 * `additionalProperties`, `$ref`, ...) would be refused or pruned by the API server, so it is refused here first.
 */
const structuralSchema: z.ZodType<StructuralSchema> = z.lazy(() =>
  z.strictObject({
    description: z.string().exactOptional(),
    type: z.enum(['object', 'array', 'string', 'integer', 'boolean']),
    format: z.enum(['int32', 'int64', 'date-time']).exactOptional(),
    default: z.unknown().exactOptional(),
    enum: z.array(z.string()).exactOptional(),
    minimum: z.number().exactOptional(),
    maximum: z.number().exactOptional(),
    minLength: z.number().exactOptional(),
    maxLength: z.number().exactOptional(),
    pattern: z.string().exactOptional(),
    minItems: z.number().exactOptional(),
    maxItems: z.number().exactOptional(),
    items: structuralSchema.exactOptional(),
    required: z.array(z.string()).exactOptional(),
    properties: z.record(z.string(), structuralSchema).exactOptional(),
    'x-kubernetes-list-type': z.string().exactOptional(),
    'x-kubernetes-list-map-keys': z.array(z.string()).exactOptional(),
    'x-kubernetes-validations': z.array(validation).exactOptional(),
  }),
)

/**
 * The structural schema of what `schema` takes as input, defaults included.
 * @throws z.ZodError when `schema` uses something that a CustomResourceDefinition cannot say.
 */
export function structuralSchemaOf(schema: z.ZodType): StructuralSchema {
  const json: object = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' })
  const { $schema: _, ...root } = { $schema: undefined, ...json }
  return structuralSchema.parse(root)
}
