import { createKeyIndex } from './key-index.ts'
import { type KubernetesObject, objectKey, objectName } from './resource.ts'

/** What a list and watch has seen, by `objectKey`. Objects are shared, never copied: they are not to be changed. */
export interface Store<T> {
  get(key: string): T | undefined
  list(): readonly T[]
  /** Objects for which the index function gave `value`. @throws RangeError for an index that was not declared. */
  byIndex(index: string, value: string): readonly T[]
  readonly size: number
}

/** One step from the store's old content to its new one. */
export interface StoreChange<T> {
  readonly type: 'Added' | 'Updated' | 'Deleted'
  /** For Deleted: the last state known. */
  readonly object: T
  /** For Updated: the state before. */
  readonly previous?: T
}

/** The writer's side. Each method returns what it changed: nothing for an object that is there already (same uid and resourceVersion). */
export interface WritableStore<T> extends Store<T> {
  /** The object exists. One of the same name and another uid was deleted in between, and its deletion comes first. */
  set(object: T): readonly StoreChange<T>[]
  /** The object is gone; `object` is its last state. Nothing happens when the store holds one of another uid. */
  delete(object: T): readonly StoreChange<T>[]
  /** These objects exist and no others. Deletions come first. */
  replace(objects: readonly T[]): readonly StoreChange<T>[]
}

/** @param indexes functions of the object, called once when it is set: they must depend on nothing else. */
export function createStore<T extends KubernetesObject>(
  indexes: Readonly<Record<string, (object: T) => readonly string[]>> = {},
): WritableStore<T> {
  const objects = new Map<string, T>()
  const keysByIndex = new Map(Object.keys(indexes).map((name) => [name, createKeyIndex()]))

  function put(key: string, object: T): void {
    const previous = objects.get(key)
    if (previous !== undefined) unindex(key, previous)
    objects.set(key, object)
    for (const [name, keys] of keysByIndex) {
      for (const value of indexes[name]?.(object) ?? []) keys.add(value, key)
    }
  }

  function drop(key: string, object: T): void {
    unindex(key, object)
    objects.delete(key)
  }

  function unindex(key: string, object: T): void {
    for (const [name, keys] of keysByIndex) {
      for (const value of indexes[name]?.(object) ?? []) keys.delete(value, key)
    }
  }

  function set(object: T): readonly StoreChange<T>[] {
    const key = objectKey(objectName(object))
    const previous = objects.get(key)
    if (previous === undefined) {
      put(key, object)
      return [{ type: 'Added', object }]
    }
    if (previous.metadata.uid !== object.metadata.uid) {
      put(key, object)
      return [
        { type: 'Deleted', object: previous },
        { type: 'Added', object },
      ]
    }
    if (previous.metadata.resourceVersion === object.metadata.resourceVersion) return []
    put(key, object)
    return [{ type: 'Updated', object, previous }]
  }

  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    byIndex(index, value) {
      const keys = keysByIndex.get(index)
      if (keys === undefined) throw new RangeError(`The index '${index}' is not declared`)
      return keys.keys(value).flatMap((key) => objects.get(key) ?? [])
    },
    get size() {
      return objects.size
    },
    set,
    delete(object) {
      const key = objectKey(objectName(object))
      const previous = objects.get(key)
      if (previous === undefined || previous.metadata.uid !== object.metadata.uid) return []
      drop(key, previous)
      return [{ type: 'Deleted', object }]
    },
    replace(next) {
      const keys = new Set(next.map((object) => objectKey(objectName(object))))
      const deleted: StoreChange<T>[] = []
      for (const [key, object] of objects) {
        if (keys.has(key)) continue
        drop(key, object)
        deleted.push({ type: 'Deleted', object })
      }
      return [...deleted, ...next.flatMap(set)]
    },
  }
}
