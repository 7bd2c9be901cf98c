/** Which keys belong to a value; no set is empty. Mostly it is one key, which then costs no Set: with ten thousand objects that is megabytes. */
export type KeyIndex = Map<string, string | Set<string>>

export function addKey(index: KeyIndex, value: string, key: string): void {
  const held = index.get(value)
  if (held === undefined) index.set(value, key)
  else if (typeof held !== 'string') held.add(key)
  else if (held !== key) index.set(value, new Set([held, key]))
}

export function deleteKey(index: KeyIndex, value: string, key: string): void {
  const held = index.get(value)
  if (held === key) index.delete(value)
  else if (held instanceof Set && held.delete(key) && held.size === 0) index.delete(value)
}

/** In the order in which they were added. */
export function keysOf(index: KeyIndex, value: string): readonly string[] {
  const held = index.get(value) ?? []
  return typeof held === 'string' ? [held] : [...held]
}
