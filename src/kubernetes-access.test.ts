import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { loadKubeConfig } from './kubernetes-access.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 's3-audit-operator-kubeconfig-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test.each([
  {
    name: 'is no YAML',
    text: 'users: [\n- token: hidden: value\n',
    want: /cannot be used: it is no YAML( \(\d+:\d+\))?$/,
  },
  { name: 'is empty', text: '', want: /cannot be used: it is no YAML$/ },
])('a kubeconfig that $name is named, and nothing of it is told', ({ text, want }) => {
  const path = join(folder, 'config')
  writeFileSync(path, text)
  const load = (): unknown => loadKubeConfig(path)
  expect(load).toThrow(want)
  expect(load).toThrow(`the kubeconfig '${path}' `)
  expect(load).not.toThrow(/hidden|\n/)
})

// A pod always has one.
test.skipIf(existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token'))(
  'without any kubeconfig it is said where one is looked for',
  () => {
    vi.stubEnv('KUBECONFIG', '')
    vi.stubEnv('HOME', folder)
    expect(() => loadKubeConfig(undefined)).toThrow('there is no kubeconfig: give --kubeconfig')
  },
)
