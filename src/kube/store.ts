import { addKey, deleteKey, type KeyIndex, keysOf } from './key-index.ts'
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
  /** These objects exist and, in this namespace (empty: in all), no others. Deletions come first. */
  replace(objects: readonly T[], namespace: string): readonly StoreChange<T>[]
}

/** @param indexes functions of the object, called once when it is set: they must depend on nothing else. */
export function createStore<T extends KubernetesObject>(
  indexes: Readonly<Record<string, (object: T) => readonly string[]>> = {},
): WritableStore<T> {
  const objects = new Map<string, T>()
  const tables = new Map(
    Object.entries(indexes).map(([name, valuesOf]) => [name, { valuesOf, index: new Map() satisfies KeyIndex }]),
  )

  /** @param object undefined: it is gone. */
  function put(key: string, previous: T | undefined, object: T | undefined): void {
    for (const { valuesOf, index } of tables.values()) {
      if (previous !== undefined) for (const value of valuesOf(previous)) deleteKey(index, value, key)
      if (object !== undefined) for (const value of valuesOf(object)) addKey(index, value, key)
    }
    if (object === undefined) objects.delete(key)
    else objects.set(key, object)
  }

  function set(object: T): readonly StoreChange<T>[] {
    const key = objectKey(objectName(object))
    const previous = objects.get(key)
    const changes = changesTo(object, previous)
    if (changes.length > 0) put(key, previous, object)
    return changes
  }

  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    byIndex(index, value) {
      const table = tables.get(index)
      if (table === undefined) throw new RangeError(`The index '${index}' is not declared`)
      return keysOf(table.index, value).flatMap((key) => objects.get(key) ?? [])
    },
    get size() {
      return objects.size
    },
    set,
    delete(object) {
      const key = objectKey(objectName(object))
      const previous = objects.get(key)
      if (previous === undefined || previous.metadata.uid !== object.metadata.uid) return []
      put(key, previous, undefined)
      return [{ type: 'Deleted', object }]
    },
    replace(next, namespace) {
      const keys = new Set(next.map((object) => objectKey(objectName(object))))
      const deleted: StoreChange<T>[] = []
      for (const [key, object] of objects) {
        if (keys.has(key) || (namespace !== '' && namespace !== object.metadata.namespace)) continue
        put(key, object, undefined)
        deleted.push({ type: 'Deleted', object })
      }
      return [...deleted, ...next.flatMap(set)]
    },
  }
}

function changesTo<T extends KubernetesObject>(object: T, previous: T | undefined): readonly StoreChange<T>[] {
  if (previous === undefined) return [{ type: 'Added', object }]
  if (previous.metadata.uid !== object.metadata.uid) {
    return [
      { type: 'Deleted', object: previous },
      { type: 'Added', object },
    ]
  }
  if (previous.metadata.resourceVersion === object.metadata.resourceVersion) return []
  return [{ type: 'Updated', object, previous }]
}
