import type { Reconcile } from '../kube/controller.ts'
import { objectKey } from '../kube/resource.ts'

interface Group {
  /** Places that are taken or kept. */
  taken: number
  /** Keys without a place, in the order they came. */
  readonly waiting: Set<string>
}

/**
 * The reconciler with at most `limit` passes at a time over the objects of one group, such as the webhooks on one S3 cluster. A pass
 * that finds no place ends at once without work, and its object is called when a place is free, so that whoever waits holds no
 * worker. What such a group waits for keeps at most `limit` workers from the others.
 */
export function limitPasses(
  reconcile: Reconcile,
  options: {
    readonly limit: number
    /** The group of a key; undefined: without a limit. */
    readonly groupOf: (key: string) => string | undefined
    /** Puts a key into the controller's queue. */
    readonly enqueue: (key: string) => void
  },
): Reconcile {
  const { limit, groupOf, enqueue } = options
  /** Those in which a place is taken. */
  const groups = new Map<string, Group>()
  /** By key the group that keeps a place for it until its next pass: somebody who came later must not take it. */
  const called = new Map<string, string>()

  function hasPlace(key: string, name: string): boolean {
    const group = groups.get(name) ?? { taken: 0, waiting: new Set() }
    groups.set(name, group)
    if (group.taken >= limit) {
      group.waiting.add(key)
      return false
    }
    group.taken++
    return true
  }

  /** The place goes to who waited longest. */
  function leave(name: string): void {
    const group = groups.get(name)
    if (group === undefined) return
    const [next] = group.waiting
    if (next !== undefined) {
      group.waiting.delete(next)
      called.set(next, name)
      enqueue(next)
    } else if (--group.taken === 0) groups.delete(name)
  }

  return async (object, context) => {
    const key = objectKey(object)
    const group = groupOf(key)
    const kept = called.get(key)
    called.delete(key)
    // It was deleted while it waited.
    if (kept !== undefined && kept !== group) leave(kept)
    if (group === undefined) return await reconcile(object, context)
    if (kept !== group && !hasPlace(key, group)) return {}
    try {
      return await reconcile(object, context)
    } finally {
      leave(group)
    }
  }
}
