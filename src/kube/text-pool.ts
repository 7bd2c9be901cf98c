/** Gives the same string for equal ones. */
export type TextPool = (text: string) => string

/**
 * Keeps texts that many objects have in common once: reasons and messages, names of Secrets, times. It forgets what was not asked for
 * among the last `size` to twice `size` new texts, so that names and ids, which nobody shares, do not stay.
 */
export function createTextPool(size: number): TextPool {
  let young = new Map<string, string>()
  let old = new Map<string, string>()
  return (text) => {
    const known = young.get(text)
    if (known !== undefined) return known
    const shared = old.get(text) ?? text
    if (young.size >= size) {
      old = young
      young = new Map()
    }
    young.set(shared, shared)
    return shared
  }
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
