import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { downloadEnvtestArchive, type EnvtestArchive } from './envtest-archive.ts'
import { runCommand } from './run-command.ts'

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'envtest-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

/** An archive of the official shape. */
async function packArchive(): Promise<Buffer> {
  const directory = await temporaryDirectory()
  const folder = join(directory, 'controller-tools', 'envtest')
  await mkdir(folder, { recursive: true })
  for (const name of ['etcd', 'kube-apiserver', 'kubectl']) await writeFile(join(folder, name), name)
  const path = join(directory, 'archive.tar.gz')
  await runCommand('tar', ['-czf', path, '-C', directory, 'controller-tools'])
  return readFile(path)
}

async function serve(listener: RequestListener, sha512: string): Promise<EnvtestArchive> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/envtest.tar.gz`
  return { url, sha512, directory: await temporaryDirectory(), idleMilliseconds: 300 }
}

it('unpacks the programs of an archive with the right sum', async () => {
  const content = await packArchive()
  const archive = await serve(
    (_request, response) => response.end(content),
    createHash('sha512').update(content).digest('hex'),
  )
  await downloadEnvtestArchive(archive)
  expect((await readdir(archive.directory)).sort()).toEqual(['etcd', 'kube-apiserver', 'kubectl'])
})

it('does not unpack an archive with another sum', async () => {
  const content = await packArchive()
  const archive = await serve((_request, response) => response.end(content), '0'.repeat(128))
  await expect(downloadEnvtestArchive(archive)).rejects.toThrow(/expected is 0+: not used/)
  expect(await readdir(archive.directory)).toEqual(['envtest.tar.gz'])
})

it('fails at once where there is no archive', async () => {
  const archive = await serve((_request, response) => response.writeHead(404).end(), '')
  await expect(downloadEnvtestArchive(archive)).rejects.toThrow('answered 404')
})

it.for([
  ['does not answer', () => undefined],
  ['falls silent', (_request, response) => response.write('the beginning')],
] satisfies [string, RequestListener][])('gives up a server that %s', async ([, listener]) => {
  await expect(downloadEnvtestArchive(await serve(listener, ''))).rejects.toThrow('was silent for 300 ms')
})
