import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { clusterConditionTypes, webhookConditionTypes } from '../../src/api/conditions.ts'
import { kinds } from '../../src/api/kinds.ts'
import { structuralSchemaOf } from '../../src/api/structural-schema.ts'
import { generatedBlocks, pages } from './pages.ts'
import { blockNames } from './replace-blocks.ts'

const root = join(import.meta.dirname, '../..')
const renewed = await pages(root)
const paths = [...(await markdownIn('.')), ...(await markdownIn('docs')), ...(await markdownIn('docs/runbooks'))]
const texts = new Map(await Promise.all(paths.map(async (path) => [path, await read(path)] as const)))
const exampleNames = (await readdir(join(root, 'examples'), { recursive: true })).filter((name) =>
  name.endsWith('.yaml'),
)
const examples = await Promise.all(exampleNames.map((name) => read(`examples/${name}`)))

describe('the pages of docs', () => {
  test.each(renewed)('$path has the tables that the source makes', ({ path, content }) => {
    expect(texts.get(path)).toBe(content)
  })

  test('have every table once', () => {
    const present = [...texts.values()].flatMap(blockNames)
    expect(present.sort()).toEqual([...generatedBlocks(root).keys()].sort())
  })

  test.each(kinds)(
    'describe every field of the spec of $type.kind under a heading of its own',
    async ({ singular, spec }) => {
      const fields = Object.keys(structuralSchemaOf(spec).properties ?? {})
      const headings = headingsOf(await read(`docs/${singular}.md`))
      expect(headings.filter((heading) => heading.startsWith('`.spec.'))).toEqual(
        fields.map((field) => `\`.spec.${field}\``),
      )
    },
  )

  test.each([
    { path: 'docs/s3cluster.md', types: clusterConditionTypes.filter((type) => type === 'Ready') },
    { path: 'docs/s3auditwebhook.md', types: webhookConditionTypes },
  ])('$path has a heading for every condition', async ({ path, types }) => {
    const headings = headingsOf(await read(path))
    expect(types.filter((type) => !headings.includes(type))).toEqual([])
  })
})

describe('manifests in README and docs', () => {
  test.each(paths)('%s shows resources only as the files in examples have them', (path) => {
    const shown = blocksOf(texts.get(path) ?? '', 'yaml').filter((block) => /^(#.*\n)*apiVersion:/u.test(block))
    expect(shown.filter((block) => !examples.some((example) => example.includes(block)))).toEqual([])
  })

  test.each(['weka.yaml', 'minio.yaml'])('the README shows the whole of %s', async (name) => {
    expect(blocksOf(texts.get('README.md') ?? '', 'yaml')).toContain(await read(`examples/${name}`))
  })
})

describe('links', () => {
  test.each(paths)('of %s lead to files and headings that exist', async (path) => {
    const links = [...withoutCode(texts.get(path) ?? '').matchAll(/\]\((?!https?:)([^)\s]+)\)/gu)].map(
      (match) => match[1] ?? '',
    )
    const broken: string[] = []
    for (const link of links) {
      const [file = '', anchor] = link.split('#', 2)
      const target = file === '' ? path : join(dirname(path), file)
      const exists = existsSync(join(root, target))
      if (!exists || (anchor !== undefined && !anchorsOf(await read(target)).includes(anchor))) broken.push(link)
    }
    expect(broken).toEqual([])
  })
})

async function markdownIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(root, folder))
  return names
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => (folder === '.' ? name : `${folder}/${name}`))
}

function read(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8')
}

/** The contents of fenced blocks in a language, with the line break at their end. */
function blocksOf(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gmu)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? '')
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gmu, '')
}

function headingsOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#+ (.*)$/gmu)].map((match) => match[1] ?? '')
}

/** Anchors as GitHub makes them of headings, and those that are written out. */
function anchorsOf(text: string): readonly string[] {
  const made = headingsOf(text).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return [...made, ...[...text.matchAll(/<a id="([^"]+)">/gu)].map((match) => match[1] ?? '')]
}
