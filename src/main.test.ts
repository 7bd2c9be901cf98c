import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { expect, onTestFinished, test } from 'vitest'

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

test('uninstall says at once that it waits for an API server that is away, and in the end that it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 's3-audit-operator-main-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const cluster = { server: `https://127.0.0.1:${await closedPort()}` }
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(
    kubeconfig,
    JSON.stringify({
      'current-context': 'away',
      contexts: [{ name: 'away', context: { cluster: 'away', user: 'nobody' } }],
      clusters: [{ name: 'away', cluster }],
      users: [{ name: 'nobody', user: {} }],
    }),
  )
  const { code, output, errors } = await run(
    'uninstall',
    '--no-leader-elect',
    '--timeout',
    '1s',
    '--kubeconfig',
    kubeconfig,
  )
  expect([code, output]).toEqual([2, ''])
  const away = 's3-audit-operator: the API server cannot be reached: .*: ECONNREFUSED'
  expect(errors).toMatch(new RegExp(`^${away}; trying again until 1 s have passed\n${away}\n$`))
})

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
