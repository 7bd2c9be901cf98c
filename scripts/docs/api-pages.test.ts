import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import * as annotations from '../../src/api/annotations.ts'
import { group, version } from '../../src/api/group.ts'
import { kinds } from '../../src/api/kinds.ts'
import { structuralSchemaOf } from '../../src/api/structural-schema.ts'
import { fieldsOf } from './field-table.ts'

const root = join(import.meta.dirname, '../..')
const pages = new Map(
  kinds.map(({ singular }) => [singular, readFileSync(join(root, `docs/${singular}.md`), 'utf8')] as const),
)

/** Every field of both kinds, at every depth. */
const fields = kinds.flatMap((kind) =>
  (['spec', 'status'] as const).flatMap((part) =>
    fieldsOf(structuralSchemaOf(kind[part])).map(({ path }) => ({ page: kind.singular, part, path })),
  ),
)

describe('the pages of the kinds', () => {
  test.each(kinds)('docs/$singular.md has the parts of such a page, in order', ({ singular, type }) => {
    const headings = [...pageOf(singular).matchAll(/^## (.*)$/gmu)].map((match) => match[1])
    expect(headings).toEqual(['Example', 'Writing a spec', `Working with ${type.kind}s`, 'Status', 'Reference'])
  })

  test('list every field in the table of its part', () => {
    const missing = fields.filter(
      ({ page, part, path }) => !blockOf(page, `${page}-${part}`).includes(`\n| \`${path}\` | `),
    )
    expect(missing).toEqual([])
  })

  // The tables come of the schema; these are the words of somebody who thought of the reader.
  test.each(['spec', 'status'])(
    'explain every field of the %s in the section of the block that it belongs to',
    (part) => {
      const missing = fields.filter((field) => field.part === part && !explains(field))
      expect(missing).toEqual([])
    },
  )

  test.each(kinds)('docs/$singular.md names every column of kubectl get', ({ singular, columns }) => {
    const table = blockOf(singular, `${singular}-columns`)
    expect(columns.filter(({ name }) => !table.includes(`| \`${name.toUpperCase()}\` |`))).toEqual([])
  })

  test('explain every annotation and finalizer that the source names', async () => {
    const names = new Set<string>(Object.values(annotations).filter((value) => typeof value === 'string'))
    for (const file of await readdir(join(root, 'src'), { recursive: true })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
      const source = await readFile(join(root, 'src', file), 'utf8')
      for (const [name] of source.matchAll(new RegExp(`${group}/[a-z0-9-]+`, 'gu'))) names.add(name)
    }
    const tables = kinds.map(({ singular }) => sectionUnder(pageOf(singular), '### Annotations and finalizers'))
    // They stand on no resource: the version of the API, and the name of the operator in its Events.
    const others = [`${group}/${version}`, `${group}/s3-audit-operator`, `${group}/operator`]
    expect(
      [...names].filter(
        (name) => !others.includes(name) && !tables.some((table) => table.includes(`| \`${name}\` | `)),
      ),
    ).toEqual([])
  })
})

function pageOf(singular: string): string {
  return pages.get(singular) ?? ''
}

/** Between the markers of a generated block. */
function blockOf(page: string, name: string): string {
  const [, after = ''] = pageOf(page).split(`<!-- generated: ${name} -->\n`)
  return after.split(`<!-- end: ${name} -->`)[0] ?? ''
}

/** What stands under the heading of the top-level field, without what is generated. */
function sectionOf(page: string, part: 'spec' | 'status', path: string): string {
  const [top = ''] = path.split(/[.[]/u)
  return sectionUnder(pageOf(page), `### \`.${part}.${top}\``)
}

/** Up to the next heading of the same level or a higher one, without generated blocks. */
function sectionUnder(page: string, heading: string): string {
  const level = heading.indexOf(' ')
  const [, after = ''] = `\n${page}`.split(`\n${heading}\n`)
  const [section = ''] = after.split(new RegExp(`^#{1,${level}} `, 'mu'))
  return section.replaceAll(/<!-- generated: ([a-z0-9-]+) -->[\s\S]*?<!-- end: \1 -->/gu, '')
}

/** The section is there, and where the field is one of a block, names it as code. */
function explains({ page, part, path }: (typeof fields)[number]): boolean {
  const section = sectionOf(page, part, path)
  if (section.trim() === '') return false
  const name = path
    .split(/[.[\]]+/u)
    .slice(1)
    .at(-1)
  return name === undefined || new RegExp(`\`(?:[\\w.]*\\.)?${name}(?::[^\`]*)?\``, 'u').test(section)
}
