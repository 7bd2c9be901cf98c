import { expect, test } from 'vitest'
import { z } from 'zod'

import { structuralSchemaOf } from './structural-schema.ts'

test('a schema is printed with defaults, bounds and Kubernetes keywords', () => {
  const schema = z.object({
    list: z.array(z.string().max(3)).max(2).meta({ description: 'A list.', 'x-kubernetes-list-type': 'set' }),
    mode: z.enum(['A', 'B']).default('A').describe('A mode.'),
  })
  expect(structuralSchemaOf(schema)).toEqual({
    type: 'object',
    required: ['list'],
    properties: {
      list: {
        description: 'A list.',
        type: 'array',
        maxItems: 2,
        items: { type: 'string', maxLength: 3 },
        'x-kubernetes-list-type': 'set',
      },
      mode: { description: 'A mode.', type: 'string', enum: ['A', 'B'], default: 'A' },
    },
  })
})

test.each([
  { name: 'a union of objects', given: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]) },
  { name: 'a nullable field', given: z.object({ a: z.string().nullable() }) },
  { name: 'a free map', given: z.object({ a: z.record(z.string(), z.string()) }) },
  { name: 'a strict object', given: z.strictObject({ a: z.string() }) },
  { name: 'anything at all', given: z.object({ a: z.unknown() }) },
  { name: 'a fraction', given: z.object({ a: z.number() }) },
  { name: 'two patterns on one text', given: z.object({ a: z.string().regex(/a/u).regex(/b/u) }) },
  { name: 'a format the API server does not know', given: z.object({ a: z.email() }) },
])('$name is refused here, before the API server refuses or prunes it', ({ given }) => {
  expect(() => structuralSchemaOf(given)).toThrow(z.ZodError)
})
