import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { clusterExamples, webhookExamples } from '../../test/integration/api/spec-examples.ts'
import { crdManifests } from './crd-manifests.ts'
import { customResourceDefinition } from './custom-resource-definition.ts'
import { kinds } from './kinds.ts'
import type { StructuralSchema } from './structural-schema.ts'

const folder = join(import.meta.dirname, '../../crds')

describe('the folder crds', () => {
  test('holds a definition for every kind and nothing else', async () => {
    expect((await readdir(folder)).sort()).toEqual(
      crdManifests()
        .map(({ fileName }) => fileName)
        .sort(),
    )
  })

  test.each(crdManifests())('is what src/api generates: $fileName', async ({ fileName, content }) => {
    expect(await readFile(join(folder, fileName), 'utf8')).toBe(content)
  })

  test.each(kinds)('reads back as the definition of $type.kind', async (kind) => {
    const text = await readFile(join(folder, `${kind.type.group}_${kind.type.plural}.yaml`), 'utf8')
    expect(parse(text)).toEqual(JSON.parse(JSON.stringify(customResourceDefinition(kind))))
  })
})

interface Field {
  readonly path: string
  readonly schema: StructuralSchema
  readonly required: boolean
}

const fields = kinds.flatMap((kind) =>
  customResourceDefinition(kind).spec.versions.flatMap(({ schema }) => [
    ...fieldsOf(`${kind.type.kind}.spec`, schema.openAPIV3Schema.properties?.['spec']),
    ...fieldsOf(`${kind.type.kind}.status`, schema.openAPIV3Schema.properties?.['status']),
  ]),
)

describe('API conventions', () => {
  test('every field is described in sentences', () => {
    const undescribed = fields.filter(
      ({ path, schema }) => !path.endsWith('[]') && !/^[\w"'].*\.$/su.test(schema.description ?? ''),
    )
    expect(pathsOf(undescribed)).toEqual([])
  })

  test('an optional field of the spec says its default', () => {
    const silent = fields.filter(
      ({ path, schema, required }) =>
        path.includes('.spec.') &&
        !path.endsWith('[]') &&
        !required &&
        schema.properties === undefined &&
        !/Default: |goes back to its default/u.test(schema.description ?? ''),
    )
    expect(pathsOf(silent)).toEqual([])
  })

  test('a stated default is the default of the schema', () => {
    const scalars = fields.filter(
      ({ schema }) => schema.default !== undefined && !isBlock(schema) && schema.type !== 'array',
    )
    const wrong = scalars.filter(
      ({ path, schema }) =>
        path.includes('.spec.') && !schema.description?.includes(`Default: ${String(schema.default)}`),
    )
    expect(scalars.length).toBeGreaterThan(10)
    expect(pathsOf(wrong)).toEqual([])
  })

  test('every text is bounded, by its length or by an enum', () => {
    const unbounded = fields.filter(
      ({ schema }) => schema.type === 'string' && schema.maxLength === undefined && schema.enum === undefined,
    )
    expect(pathsOf(unbounded)).toEqual([])
  })

  test('every integer has a format and both bounds, within the format', () => {
    const loose = fields.filter(({ schema }) => {
      if (schema.type !== 'integer') return false
      const { format, minimum = Number.NaN, maximum = Number.NaN } = schema
      const most = format === 'int32' ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER
      return !(format?.startsWith('int') === true && minimum >= -1 && minimum < maximum && maximum <= most)
    })
    expect(pathsOf(loose)).toEqual([])
  })

  test('every list has a type and a bound', () => {
    const lists = fields.filter(({ schema }) => schema.type === 'array')
    expect(lists.length).toBeGreaterThan(2)
    expect(
      pathsOf(
        lists.filter(({ schema }) => schema['x-kubernetes-list-type'] === undefined || schema.maxItems === undefined),
      ),
    ).toEqual([])
  })

  test('a block that holds a default has one itself, else the inner one never appears', () => {
    const hidden = fields.filter(
      ({ path, schema, required }) =>
        isBlock(schema) &&
        !required &&
        !path.endsWith('[]') &&
        schema.default === undefined &&
        (schema.required ?? []).length === 0 &&
        Object.values(schema.properties ?? {}).some((inner) => inner.default !== undefined),
    )
    expect(pathsOf(hidden)).toEqual([])
  })

  test('a status says -1 before the first look, so that nobody takes a new resource for ready', () => {
    for (const kind of kinds) {
      const status = fields.find(({ path }) => path === `${kind.type.kind}.status`)
      expect(status?.schema.default).toEqual({ observedGeneration: -1 })
      expect(status?.schema.properties?.['observedGeneration']?.default).toBe(-1)
    }
  })

  test('a choice is an enum; the only switches are those of users and what repeats them', () => {
    expect(pathsOf(fields.filter(({ schema }) => schema.type === 'boolean'))).toEqual([
      'S3AuditWebhook.spec.enabled',
      'S3AuditWebhook.spec.suspend',
      'S3AuditWebhook.status.applied.enabled',
    ])
  })

  test('times are named so, and are RFC 3339', () => {
    const times = fields.filter(({ schema }) => schema.format === 'date-time')
    expect(times.length).toBeGreaterThan(5)
    expect(pathsOf(times.filter(({ path }) => !/(?:[tT]ime|NotAfter)$/u.test(path)))).toEqual([])
  })

  test('every rule says what must hold, in one line', () => {
    const messages = fields.flatMap(({ schema }) =>
      (schema['x-kubernetes-validations'] ?? []).map((rule) => rule.message),
    )
    expect(messages.length).toBeGreaterThan(10)
    expect(messages.filter((message) => !/^must [^\n]+$/u.test(message))).toEqual([])
  })

  test('every rule has an example that breaks it, but for those that compare with the old value', () => {
    const wanted = fields.flatMap(({ schema }) =>
      (schema['x-kubernetes-validations'] ?? [])
        .filter((rule) => !rule.rule.includes('oldSelf'))
        .map((rule) => rule.message),
    )
    const broken = [...clusterExamples, ...webhookExamples].flatMap(({ refused }) =>
      refused === undefined ? [] : [refused.because],
    )
    expect(wanted.filter((message) => !broken.some((words) => message.startsWith(words)))).toEqual([])
  })

  test.each(kinds)('columns, selectors and rules of $type.kind lead to fields that exist', (kind) => {
    const known = new Set(fields.map(({ path }) => path))
    const asPath = (jsonPath: string): string => `${kind.type.kind}${jsonPath.replace(/\[\?\(.*\)\]/u, '[]')}`
    const named = [
      ...kind.columns.map(({ jsonPath }) => jsonPath).filter((jsonPath) => !jsonPath.startsWith('.metadata.')),
      ...kind.selectableFields,
    ]
    expect(named.map(asPath).filter((path) => !known.has(path))).toEqual([])
    const targets = fields.flatMap(({ path, schema }) =>
      (schema['x-kubernetes-validations'] ?? []).map((rule) => `${path}${rule.fieldPath ?? ''}`),
    )
    expect(targets.filter((path) => !known.has(path))).toEqual([])
  })
})

function fieldsOf(path: string, schema: StructuralSchema | undefined, required = false): readonly Field[] {
  if (schema === undefined) return []
  return [
    { path, schema, required },
    ...fieldsOf(`${path}[]`, schema.items),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      fieldsOf(`${path}.${name}`, inner, schema.required?.includes(name) ?? false),
    ),
  ]
}

function isBlock(schema: StructuralSchema): boolean {
  return schema.type === 'object'
}

function pathsOf(list: readonly Field[]): readonly string[] {
  return list.map(({ path }) => path)
}
