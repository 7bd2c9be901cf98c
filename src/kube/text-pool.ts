/** Gives the value that it was given first of those with the same key. */
export type Pool<T> = (key: string, value: T) => T
/** Gives the same string for equal ones. */
export type TextPool = (text: string) => string

/**
 * Keeps once what many objects have in common. It forgets what was not asked for among the last `size` to twice `size` new keys, so that
 * what nobody shares does not stay.
 */
export function createPool<T>(size: number): Pool<T> {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  return (key, value) => {
    const known = young.get(key)
    if (known !== undefined) return known
    const shared = old.get(key) ?? value
    if (young.size >= size) {
      old = young
      young = new Map()
    }
    young.set(key, shared)
    return shared
  }
}

/** Longer texts are seldom shared, and would be held long after their objects: of 256 KiB annotations, gigabytes. */
const maximumPooledLength = 1024

/** For reasons and messages, names of Secrets, times; texts of more than 1024 characters are passed through. */
export function createTextPool(size: number): TextPool {
  const pool = createPool<string>(size)
  return (text) => (text.length > maximumPooledLength ? text : pool(text, text))
}

/** Puts texts of the pool in the place of equal ones throughout a value that came from `JSON.parse` and belongs to nobody else yet. */
export function poolTexts(value: object, pool: TextPool): void {
  const members = value as Record<string, unknown>
  for (const name of Object.keys(members)) {
    const member = members[name]
    if (typeof member === 'string') members[name] = pool(member)
    else if (typeof member === 'object' && member !== null) poolTexts(member, pool)
  }
}
