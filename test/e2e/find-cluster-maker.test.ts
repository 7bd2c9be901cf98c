import { expect, test } from 'vitest'

import type { ClusterMaker } from './cluster.ts'
import { findClusterMaker } from './find-cluster-maker.ts'

function maker(name: ClusterMaker['name'], missing: readonly string[]): ClusterMaker {
  return { name, missing: async () => missing, up: () => Promise.reject(new Error('not to be started')) }
}

test('the first maker that lacks nothing is taken', async () => {
  const [kind, node] = [maker('kind', ['a Docker daemon']), maker('single-node', [])]
  await expect(findClusterMaker([kind, node])).resolves.toEqual({ maker: node })
})

test('without any maker it is told what each of them lacks', async () => {
  const makers = [maker('kind', ['a Docker daemon']), maker('single-node', ['root', 'nft'])]
  await expect(findClusterMaker(makers)).resolves.toEqual({
    missing: ['a Docker daemon (kind)', 'root, nft (single-node)'],
  })
})
