import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { expect, test } from 'vitest'

const main = join(import.meta.dirname, 'main.ts')

async function run(...args: readonly string[]): Promise<{ code: unknown; output: string; errors: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = (await ended) as unknown[]
  return { code, output, errors }
}

test('crds prints the files of crds, one after the other', async () => {
  const folder = join(import.meta.dirname, '../crds')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted()
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  expect(files.length).toBeGreaterThan(1)
  expect(await run('crds')).toEqual({ code: 0, output: files.join(''), errors: '' })
})

test.each([
  { name: 'doctor', args: ['doctor', '--kubeconfig', '/nonexistent/kubeconfig'] },
  { name: 'uninstall', args: ['uninstall', '--no-leader-elect', '--kubeconfig', '/nonexistent/kubeconfig'] },
])('$name ends with 2 and one line when its kubeconfig cannot be read', async ({ args }) => {
  const { code, output, errors } = await run(...args)
  expect([code, output]).toEqual([2, ''])
  expect(errors).toMatch(/^s3-audit-operator: .*\/nonexistent\/kubeconfig.*\n$/)
})
