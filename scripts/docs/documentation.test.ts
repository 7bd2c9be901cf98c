import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { clusterConditionTypes, webhookConditionTypes } from '../../src/api/condition-types.ts'
import { kinds } from '../../src/api/kinds.ts'
import { structuralSchemaOf } from '../../src/api/structural-schema.ts'
import { generatedBlocks, pages } from './pages.ts'
import { blockNames } from './replace-blocks.ts'

const root = join(import.meta.dirname, '../..')
const renewed = await pages(root)
const paths = await markdownPages()
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
    const present = renewed.flatMap(({ path }) => blockNames(texts.get(path) ?? ''))
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
    // A kustomization is no resource: it is the reader's own, about files in examples.
    const shown = blocksOf(texts.get(path) ?? '', 'yaml').filter((block) =>
      /^(#.*\n)*apiVersion: (?!kustomize\.config\.k8s\.io\/)/u.test(block),
    )
    expect(shown.filter((block) => !examples.some((example) => example.includes(block)))).toEqual([])
  })

  test.each(['weka.yaml', 'minio.yaml'])('the README shows the whole of %s', async (name) => {
    expect(blocksOf(texts.get('README.md') ?? '', 'yaml')).toContain(await read(`examples/${name}`))
  })
})

describe('links', () => {
  test.each(paths)('of %s lead to files and headings that exist', async (path) => {
    const broken: string[] = []
    for (const { link, target, anchor } of linksOf(path)) {
      const exists = existsSync(join(root, target))
      if (!exists || (anchor !== undefined && !anchorsOf(await read(target)).includes(anchor))) broken.push(link)
    }
    expect(broken).toEqual([])
  })

  test('lead from the README to every page that users read', () => {
    const reached = new Set(['README.md'])
    for (const path of reached) {
      for (const { target } of linksOf(path)) if (target.endsWith('.md')) reached.add(target)
    }
    expect(paths.filter((path) => /^(docs|charts)\/|^[^/]+$/u.test(path) && !reached.has(path))).toEqual([])
  })
})

interface Link {
  readonly link: string
  /** Relative to the root. */
  readonly target: string
  readonly anchor: string | undefined
}

/** Links of a page within the repository, in the text and as definitions. */
function linksOf(path: string): readonly Link[] {
  const text = withoutCode(texts.get(path) ?? '')
  return [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)|^\[[^\]]+\]: (?!https?:)(\S+)$/gmu)].map((match) => {
    const link = match[1] ?? match[2] ?? ''
    const [file = '', anchor] = link.split('#', 2)
    return { link, target: file === '' ? path : join(dirname(path), file), anchor }
  })
}

/** Of the root, and of every folder that holds pages, at any depth. */
async function markdownPages(): Promise<readonly string[]> {
  const folders = ['docs', 'charts', 'examples', 'bench', 'test', '.github']
  const below = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  )
  return [...(await readdir(root)), ...below.flat()].filter((name) => name.endsWith('.md')).sort()
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

/** Anchors as GitHub makes them of headings, a number at the second of the same text, and those that are written out. */
function anchorsOf(text: string): readonly string[] {
  const seen = new Map<string, number>()
  const made = headingsOf(text).map((heading) => {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before === 0 ? anchor : `${anchor}-${before}`
  })
  return [...made, ...[...text.matchAll(/<a id="([^"]+)">/gu)].map((match) => match[1] ?? '')]
}
