import { objectKey, type ObjectName } from '../../kube/resource.ts'

/** Lets few passes at a time call one S3 cluster; the others wait outside as keys, without a worker and without a time-out. */
export interface ClusterAdmission {
  /**
   * A place at the cluster until it is disposed of (once counts); undefined when there is none, and then `onRoom` is called with the
   * resource when it is worth another try.
   */
  admit(cluster: ObjectName, resource: string): Disposable | undefined
  /** The cluster left a call without an answer: nobody else finds that out again until `release`. Whoever waits is told. */
  hold(cluster: ObjectName): void
  /** The cluster was asked whether it answers, or is gone. */
  release(cluster: ObjectName): void
  isHeld(cluster: ObjectName): boolean
  /** A pass over the resource has ended. When it was called and no longer needed the place, the next one is called. */
  passed(resource: string): void
}

interface Door {
  taken: number
  held: boolean
  /** Keys of resources, oldest first. */
  readonly waiting: Set<string>
}

export function createClusterAdmission(options: {
  /** Places at each cluster. */
  readonly places: number
  /** Called with a resource that was turned away; must not throw. */
  readonly onRoom: (resource: string) => void
}): ClusterAdmission {
  const { places, onRoom } = options
  /** None without a reason: a door that is open and has nobody before and behind it is forgotten. */
  const doors = new Map<string, Door>()
  /** Resources that were called and did not come yet, and the key of the cluster. */
  const called = new Map<string, string>()

  function doorOf(key: string): Door {
    const door = doors.get(key) ?? { taken: 0, held: false, waiting: new Set() }
    doors.set(key, door)
    return door
  }

  function forgetIfIdle(key: string, { taken, held, waiting }: Door): void {
    if (taken === 0 && !held && waiting.size === 0) doors.delete(key)
  }

  function callNext(key: string, door: Door): void {
    if (door.held) return
    for (const resource of [...door.waiting].slice(0, Math.max(0, places - door.taken))) {
      door.waiting.delete(resource)
      called.set(resource, key)
      onRoom(resource)
    }
  }

  return {
    admit(cluster, resource) {
      const key = objectKey(cluster)
      const door = doorOf(key)
      if (door.held || door.taken >= places) {
        door.waiting.add(resource)
        return undefined
      }
      door.waiting.delete(resource)
      called.delete(resource)
      door.taken++
      let left = false
      return {
        [Symbol.dispose]() {
          if (left) return
          left = true
          door.taken--
          callNext(key, door)
          forgetIfIdle(key, door)
        },
      }
    },
    hold(cluster) {
      const door = doorOf(objectKey(cluster))
      if (door.held) return
      door.held = true
      const told = [...door.waiting]
      door.waiting.clear()
      for (const resource of told) onRoom(resource)
    },
    release(cluster) {
      const key = objectKey(cluster)
      const door = doors.get(key)
      if (door === undefined) return
      door.held = false
      callNext(key, door)
      forgetIfIdle(key, door)
    },
    isHeld: (cluster) => doors.get(objectKey(cluster))?.held === true,
    passed(resource) {
      const key = called.get(resource)
      called.delete(resource)
      const door = key === undefined ? undefined : doors.get(key)
      if (key === undefined || door === undefined) return
      callNext(key, door)
      forgetIfIdle(key, door)
    },
  }
}
