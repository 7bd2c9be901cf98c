import { expect, test } from 'vitest'

import type { AuditWebhookProvider } from '../../providers/provider.ts'
import { createClusterRegistry } from './cluster-registry.ts'
import type { ClusterState } from './cluster-state.ts'

const unused = (): Promise<never> => Promise.reject(new Error('not asked'))
const provider: AuditWebhookProvider = {
  identify: unused,
  read: unused,
  apply: unused,
  remove: unused,
  [Symbol.asyncDispose]: () => Promise.resolve(),
}
const connected = (id: string): ClusterState & { readonly state: 'Connected' } => ({
  state: 'Connected',
  connection: {
    type: 'WEKA',
    identity: { id, name: id, version: '4.4' },
    provider,
    targetName: () => '',
    driftCheckSeconds: 300,
    epoch: 1,
  },
})
const name = (of: string): { namespace: string; name: string } => ({ namespace: 'storage', name: of })

test('tells which S3Clusters lead to a cluster, through every change of what they lead to', () => {
  const registry = createClusterRegistry()
  const leading = (id: string): readonly string[] => registry.leadingTo(id).map((found) => found.name)
  registry.set(name('a'), connected('one'))
  registry.set(name('b'), connected('one'))
  registry.set(name('b'), connected('one'))
  expect(leading('one')).toEqual(['a', 'b'])
  registry.set(name('a'), connected('two'))
  expect([leading('one'), leading('two')]).toEqual([['b'], ['a']])
  registry.remove(name('b'))
  registry.remove(name('b'))
  expect(leading('one')).toEqual([])
})

test('an S3Cluster that does not answer still leads where it led, and nowhere when that is not known', () => {
  const registry = createClusterRegistry()
  const problem = { state: 'NotReady', reason: 'ClusterUnreachable', message: 'No answer.' } as const
  registry.set(name('a'), connected('one'))
  registry.set(name('a'), { ...problem, last: connected('one').connection })
  expect(registry.leadingTo('one')).toEqual([name('a')])
  registry.set(name('a'), problem)
  expect(registry.leadingTo('one')).toEqual([])
})
