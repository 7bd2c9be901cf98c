/** Which keys belong to a value. Mostly it is one, which then costs no Set: with ten thousand objects that is megabytes. */
export interface KeyIndex {
  add(value: string, key: string): void
  delete(value: string, key: string): void
  /** In the order in which they were added. */
  keys(value: string): readonly string[]
}

export function createKeyIndex(): KeyIndex {
  /** No set is empty. */
  const index = new Map<string, string | Set<string>>()
  return {
    add(value, key) {
      const held = index.get(value)
      if (held === undefined) index.set(value, key)
      else if (typeof held !== 'string') held.add(key)
      else if (held !== key) index.set(value, new Set([held, key]))
    },
    delete(value, key) {
      const held = index.get(value)
      if (held === key) index.delete(value)
      else if (held instanceof Set && held.delete(key) && held.size === 0) index.delete(value)
    },
    keys(value) {
      const held = index.get(value)
      if (held === undefined) return []
      return typeof held === 'string' ? [held] : [...held]
    },
  }
}
