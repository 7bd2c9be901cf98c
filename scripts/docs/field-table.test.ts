import { expect, test } from 'vitest'

import type { StructuralSchema } from '../../src/api/structural-schema.ts'
import { fieldTable } from './field-table.ts'

const schema: StructuralSchema = {
  type: 'object',
  required: ['url'],
  properties: {
    url: { type: 'string', description: "Sent as 'Bearer <token>', `<` or |." },
    probe: {
      type: 'object',
      description: 'Tests.',
      properties: {
        mode: { type: 'string', enum: ['On', 'Off'], description: 'Whether.' },
        seconds: { type: 'integer', minimum: 1, maximum: 60, description: 'How often.' },
        count: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'How many.' },
      },
    },
    names: { type: 'array', maxItems: 4, items: { type: 'string' }, description: 'Names.' },
    results: {
      type: 'array',
      description: 'Results.',
      items: { type: 'object', properties: { time: { type: 'string', format: 'date-time', description: 'When.' } } },
    },
  },
}

test('a field has one row with its type and bounds, below the block or list that it stands in', () => {
  expect(fieldTable(schema, 'spec').split('\n')).toEqual([
    '| Field | Type | Description |',
    '| --- | --- | --- |',
    String.raw`| ${'`url`'} | string | Required. Sent as 'Bearer &lt;token&gt;', ${'`<`'} or \|. |`,
    '| `probe` | object | Tests. |',
    '| `probe.mode` | `On`, `Off` | Whether. |',
    '| `probe.seconds` | integer, 1 to 60 | How often. |',
    '| `probe.count` | integer, 0 or more | How many. |',
    '| `names` | list of strings, at most 4 | Names. |',
    '| `results` | list | Results. |',
    '| `results[].time` | time | When. |',
  ])
})

test('a status does not say what is required: nobody writes it by hand', () => {
  expect(fieldTable(schema, 'status')).not.toContain('Required')
})
