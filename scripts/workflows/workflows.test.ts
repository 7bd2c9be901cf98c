import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')
const folder = '.github/workflows'

const access = z.enum(['read', 'write', 'none'])
const step = z.object({
  uses: z.string().exactOptional(),
  run: z.string().exactOptional(),
  with: z.record(z.string(), z.unknown()).exactOptional(),
})
const workflow = z.object({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  // Nothing unless a job asks for it: neither `read-all`, nor the default of the repository.
  permissions: z.strictObject({}),
  jobs: z.record(
    z.string(),
    z.object({
      permissions: z.record(z.string(), access),
      'timeout-minutes': z.int(),
      steps: z.array(step),
    }),
  ),
})

const paths = (await readdir(join(root, folder)))
  .filter((name) => /\.ya?ml$/u.test(name))
  .sort()
  .map((name) => `${folder}/${name}`)
const texts = new Map(await Promise.all(paths.map(async (path) => [path, await read(path)] as const)))

describe('workflows', () => {
  test('are there for tests and for releases', () => {
    expect(paths).toEqual(expect.arrayContaining([`${folder}/ci.yaml`, `${folder}/release.yaml`]))
  })

  test.each(paths)('%s gives no permission but to jobs that name it, and ends every job in time', (path) => {
    expect(workflow.safeParse(parse(textOf(path))).error?.issues).toBeUndefined()
  })

  test.each(paths)('%s names every action by a commit, with its version beside it', (path) => {
    const used = stepsOf(path).flatMap(({ uses }) => (uses === undefined ? [] : [uses]))
    const lines = textOf(path)
      .split('\n')
      .filter((line) => /^\s*(- )?uses:/u.test(line))
    expect(lines).toHaveLength(used.length)
    expect(lines.filter((line) => !/uses: [\w.-]+(\/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/u.test(line))).toEqual([])
  })

  test('name every action by the same commit everywhere', () => {
    const pins = new Map<string, Set<string>>()
    for (const [, action = '', pin = ''] of [...texts.values()].join('\n').matchAll(/uses: ([^@\s]+)@(.*)$/gmu)) {
      pins.set(action, (pins.get(action) ?? new Set()).add(pin))
    }
    expect([...pins].filter(([, found]) => found.size > 1)).toEqual([])
  })

  test.each(paths)('%s keeps no token in the checkout', (path) => {
    const checkouts = stepsOf(path).filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    expect(checkouts.filter((checkout) => checkout.with?.['persist-credentials'] !== false)).toEqual([])
  })

  // What others write (titles, branch names) would be run as a part of the script; through `env` it is data.
  test.each(paths)('%s puts no expression into a script', (path) => {
    expect(stepsOf(path).filter(({ run }) => run?.includes('${{'))).toEqual([])
  })

  test.each(paths)('%s gives no rights to the code of a stranger', (path) => {
    const { on, jobs } = workflow.parse(parse(textOf(path)))
    expect(on).not.toHaveProperty('pull_request_target')
    expect(on).not.toHaveProperty('workflow_run')
    if (!('pull_request' in on)) return
    const rights = Object.values(jobs).flatMap(({ permissions }) => Object.values(permissions))
    expect(rights).not.toContain('write')
  })

  test('write to the repository in one job, which checks nothing out', () => {
    const writers = paths.flatMap((path) =>
      Object.values(workflow.parse(parse(textOf(path))).jobs).filter(
        ({ permissions }) => permissions['contents'] === 'write',
      ),
    )
    expect(writers).toHaveLength(1)
    expect(writers[0]?.steps.some(({ uses }) => uses?.startsWith('actions/checkout@'))).toBe(false)
  })

  test.each(paths)('%s names files of the repository that exist', (path) => {
    const named = stepsOf(path).flatMap(({ run = '', with: given = {} }) => [
      ...(run.match(/(?:\.ci|charts|scripts|test|crds)\/[\w./-]*\w/gu) ?? []),
      ...(typeof given['go-version-file'] === 'string' ? [given['go-version-file']] : []),
    ])
    expect(named.filter((name) => !existsSync(join(root, name)))).toEqual([])
  })
})

test('the chart is released with the Helm that it is tested with', async () => {
  const [, tested] = /^\s*helm\.sh\/helm\/v3 (v\S+)/mu.exec(await read('test/helm/tools/go.mod')) ?? []
  const setUps = paths.flatMap(stepsOf).filter(({ uses }) => uses?.startsWith('azure/setup-helm@'))
  expect(setUps.map((setUp) => setUp.with?.['version'])).toContain(tested)
  expect(new Set(setUps.map((setUp) => setUp.with?.['version'])).size).toBe(1)
})

describe('Dependabot', () => {
  const settings = z.object({
    version: z.literal(2),
    updates: z.array(
      z.object({
        'package-ecosystem': z.string(),
        directory: z.string().exactOptional(),
        directories: z.array(z.string()).exactOptional(),
      }),
    ),
  })

  test('looks after packages, Go modules, the base of the image and actions', async () => {
    const { updates } = settings.parse(parse(await read('.github/dependabot.yaml')))
    expect(updates.map((update) => update['package-ecosystem']).sort()).toEqual([
      'docker',
      'github-actions',
      'gomod',
      'npm',
    ])
  })

  test('looks at every Go module', async () => {
    const { updates } = settings.parse(parse(await read('.github/dependabot.yaml')))
    expect(updates.flatMap(({ directories = [] }) => directories)).toEqual(['/test/**/tools'])
    const modules = (await readdir(join(root, 'test'), { recursive: true })).filter((name) => name.endsWith('go.mod'))
    const others = modules.filter((name) => !name.endsWith('/tools/go.mod'))
    // One that requires nothing has nothing to be looked at.
    const contents = await Promise.all(others.map((name) => read(`test/${name}`)))
    expect(contents.filter((content) => content.includes('require'))).toEqual([])
  })
})

function stepsOf(path: string): readonly z.infer<typeof step>[] {
  return Object.values(workflow.parse(parse(textOf(path))).jobs).flatMap(({ steps }) => steps)
}

function textOf(path: string): string {
  return texts.get(path) ?? ''
}

function read(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8')
}
