import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, it, onTestFinished, vi } from 'vitest'

import { findControlPlaneBinaries } from './binaries.ts'
import { buildWithGo } from './go-build.ts'
import { provideTool } from './tool-cache.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'binaries-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

it('takes the programs of KUBEBUILDER_ASSETS before all others', async () => {
  const directory = await temporaryDirectory()
  vi.stubEnv('KUBEBUILDER_ASSETS', directory)
  for (const name of ['kube-apiserver', 'etcd', 'kubectl']) await writeFile(join(directory, name), '')
  await expect(findControlPlaneBinaries()).resolves.toEqual({
    kubeApiserver: join(directory, 'kube-apiserver'),
    etcd: join(directory, 'etcd'),
    kubectl: join(directory, 'kubectl'),
  })
})

it('adds a controller manager to assets that have none', async () => {
  const directory = await temporaryDirectory()
  vi.stubEnv('KUBEBUILDER_ASSETS', directory)
  for (const name of ['kube-apiserver', 'etcd', 'kubectl']) await writeFile(join(directory, name), '')
  const { etcd, kubeControllerManager = '' } = await findControlPlaneBinaries({ controllerManager: true })
  expect(etcd).toBe(join(directory, 'etcd'))
  expect(existsSync(kubeControllerManager)).toBe(true)
})

it('names what KUBEBUILDER_ASSETS lacks', async () => {
  const directory = await temporaryDirectory()
  vi.stubEnv('KUBEBUILDER_ASSETS', directory)
  await writeFile(join(directory, 'etcd'), '')
  await expect(findControlPlaneBinaries()).rejects.toThrow(
    `KUBEBUILDER_ASSETS is set, but there is no ${directory}/kube-apiserver, no ${directory}/kubectl`,
  )
})

it('says that Go is missing, and what can be done', async () => {
  vi.stubEnv('PATH', await temporaryDirectory())
  await expect(buildWithGo({ what: 'etcd', args: ['build', '.'] })).rejects.toThrow(
    /^go is not on PATH, but etcd must be built: install Go >= 1\.\d+\.\d+, or set KUBEBUILDER_ASSETS/,
  )
})

it('tells what the compiler said', async () => {
  await expect(buildWithGo({ what: 'nothing', args: ['build', './no-such-folder'] })).rejects.toThrow(/no-such-folder/)
})

it('makes a tool once for all who ask, and puts none in place that failed', async () => {
  vi.stubEnv('S3AUDIT_TEST_CACHE', await temporaryDirectory())
  const tool = { name: 'tool', version: 'v1', sources: [import.meta.filename] }
  await expect(provideTool(tool, () => Promise.reject(new Error('no compiler')))).rejects.toThrow('no compiler')
  let makes = 0
  const make = async (directory: string): Promise<void> => {
    makes += 1
    await writeFile(join(directory, 'program'), '')
  }
  const directories = await Promise.all([provideTool(tool, make), provideTool(tool, make), provideTool(tool, make)])
  expect(makes).toBe(1)
  expect(new Set(directories).size).toBe(1)
  expect(existsSync(join(directories[0] ?? '', 'program'))).toBe(true)
})
