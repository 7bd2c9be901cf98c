import { expect, test } from 'vitest'

import { ownerBefore, type Claim } from './ownership.ts'

function claim(name: string, options: Partial<Claim> & { created?: string; uid?: string } = {}): Claim {
  return {
    metadata: {
      name,
      namespace: 'n',
      uid: options.uid ?? name,
      creationTimestamp: options.created ?? '2026-01-01T00:00:00Z',
    },
    clusterId: 'clusterId' in options ? options.clusterId : 'c1',
    observes: options.observes ?? false,
  }
}

const mine = claim('mine', { created: '2026-01-02T00:00:00Z', uid: 'm' })

test.each<{ name: string; others: Claim[]; want: string | undefined }>([
  { name: 'nobody else claims the cluster', others: [], want: undefined },
  { name: 'the resource itself is among the claims', others: [mine], want: undefined },
  { name: 'an older one claims it', others: [claim('older')], want: 'older' },
  { name: 'a younger one claims it', others: [claim('younger', { created: '2026-01-03T00:00:00Z' })], want: undefined },
  { name: 'an older one leads to another cluster', others: [claim('older', { clusterId: 'c2' })], want: undefined },
  { name: 'an older one only observes', others: [claim('older', { observes: true })], want: undefined },
  {
    name: 'two older ones claim it: the oldest owns',
    others: [claim('old', { created: '2026-01-01T12:00:00Z' }), claim('oldest')],
    want: 'oldest',
  },
  {
    name: 'another was created in the same second: the smaller uid owns',
    others: [claim('twin', { created: '2026-01-02T00:00:00Z', uid: 'a' })],
    want: 'twin',
  },
])('$name', ({ others, want }) => {
  expect(ownerBefore(mine, others)?.name).toBe(want)
})

test('who only observes has no owner before it, for it claims nothing', () => {
  expect(ownerBefore({ ...mine, observes: true }, [claim('older')])).toBeUndefined()
})
