import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { readPodNamespace } from './pod-namespace.ts'

test.each([
  { name: 'the content of the file', content: 'operators', want: 'operators' },
  { name: 'it without the line end', content: 'operators\n', want: 'operators' },
  { name: 'none from an empty file', content: '\n', want: undefined },
])('gives $name', async ({ content, want }) => {
  const path = join(await mkdtemp(join(tmpdir(), 'pod-')), 'namespace')
  await writeFile(path, content)
  expect(await readPodNamespace(path)).toBe(want)
})

test('gives none outside a pod', async () => {
  expect(await readPodNamespace(join(tmpdir(), 'no-such-folder', 'namespace'))).toBeUndefined()
})
