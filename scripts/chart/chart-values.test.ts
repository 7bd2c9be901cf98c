import { describe, expect, test } from 'vitest'

import { readChartValues } from './chart-values.ts'
import { crdTemplate } from './crd-templates.ts'
import { valuesSchema } from './values-schema.ts'
import { valuesTable } from './values-table.ts'

const example = `# What the file is.

## Pods

# How many
# there are.
# @schema {minimum: 0}
count: 2

# Where the image is.
image:
  # Its tag | name.
  tag: ''
  # When it is pulled.
  # @schema {enum: [Always, Never]}
  pull: Always

## Rest

# Labels.
# @schema {additionalProperties: {type: string}}
labels: {a: b}
`

test('values are read with sections, comments and keywords, groups apart from maps', () => {
  const [count, image, labels] = readChartValues(example)
  expect(count).toEqual({
    path: ['count'],
    section: 'Pods',
    description: 'How many there are.',
    default: 2,
    schema: { minimum: 0 },
    children: [],
  })
  expect(image?.children.map(({ path, section, default: value }) => ({ path, section, value }))).toEqual([
    { path: ['image', 'tag'], section: 'Pods', value: '' },
    { path: ['image', 'pull'], section: 'Pods', value: 'Always' },
  ])
  expect(labels).toMatchObject({ section: 'Rest', default: { a: 'b' }, children: [] })
})

test('the schema lets nothing through but what the file names', () => {
  expect(valuesSchema(readChartValues(example))).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: {
      count: { type: 'integer', minimum: 0, default: 2, description: 'How many there are.' },
      image: {
        type: 'object',
        additionalProperties: false,
        properties: { tag: { type: 'string', default: '' }, pull: { type: 'string', enum: ['Always', 'Never'] } },
      },
      labels: { type: 'object', additionalProperties: { type: 'string' }, default: { a: 'b' } },
    },
  })
})

test('the table has a row for each group and each value', () => {
  expect(valuesTable(readChartValues(example))).toBe(
    [
      '### Pods',
      '',
      '| Value | Default | Description |',
      '| --- | --- | --- |',
      '| `count` | `2` | How many there are. |',
      '| `image` |  | Where the image is. |',
      '| `image.tag` | `""` | Its tag \\| name. |',
      '| `image.pull` | `"Always"` | When it is pulled. One of `"Always"`, `"Never"`. |',
      '',
      '### Rest',
      '',
      '| Value | Default | Description |',
      '| --- | --- | --- |',
      '| `labels` | `{"a":"b"}` | Labels. |',
    ].join('\n'),
  )
})

describe('values.yaml cannot be read', () => {
  test.each([
    { name: 'without a comment', given: 'a: 1\n', wanted: 'a in values.yaml needs a comment above it' },
    {
      name: 'with a comment apart',
      given: '# About a.\n\na: 1\n',
      wanted: 'a in values.yaml needs a comment above it',
    },
    {
      name: 'with nothing but keywords',
      given: '# @schema {minimum: 0}\na: 1\n',
      wanted: 'a in values.yaml needs a comment above it',
    },
    {
      name: 'without a comment inside',
      given: '# A.\na:\n  b: 1\n',
      wanted: 'a.b in values.yaml needs a comment above it',
    },
    {
      name: 'with keywords that are no map',
      given: '# A.\n# @schema minimum\na: 1\n',
      wanted: '@schema of a in values.yaml is no map',
    },
    {
      name: 'with keywords twice',
      given: '# A.\n# @schema {}\n# @schema {}\na: 1\n',
      wanted: 'a in values.yaml has a second line',
    },
  ])('$name', ({ given, wanted }) => {
    expect(() => readChartValues(given)).toThrow(wanted)
  })

  test.each([
    {
      name: 'a list',
      given: '# A.\na: []\n',
      wanted: 'a in values.yaml needs a line with @schema that tells its items',
    },
    { name: 'an empty map', given: '# A.\n# @schema {}\na: {}\n', wanted: 'that tells its additionalProperties' },
    { name: 'nothing', given: '# A.\na:\n', wanted: 'a in values.yaml needs a line with @schema that tells its type' },
  ])('as a schema: the default is $name and no keyword says more', ({ given, wanted }) => {
    expect(() => valuesSchema(readChartValues(given))).toThrow(wanted)
  })
})

describe('a definition as a template', () => {
  const manifest = `# Generated.
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
spec:
  text: as in {{ .Values.a }}
`

  test('stands behind the values, with labels and the policy, and its braces stay', () => {
    expect(crdTemplate(manifest)).toBe(`{{- if .Values.crds.enabled }}
# Generated.
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
  labels:
    {{- include "s3-audit-operator.labels" . | nindent 4 }}
  {{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
spec:
  text: as in {{ "{{" }} .Values.a }}
{{- end }}
`)
  })

  test('cannot have metadata of its own, which would be written twice', () => {
    expect(() => crdTemplate(manifest.replace('spec:', '  labels: {}\nspec:'))).toThrow('a name as its only metadata')
  })
})
