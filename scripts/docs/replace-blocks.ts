const block = /(<!-- generated: (?<name>[a-z0-9-]+) -->\n)[\s\S]*?(<!-- end: \k<name> -->)/gu
const marker = /<!-- (?:generated|end): [^>]*-->/gu

/**
 * The page with everything between `<!-- generated: name -->` and `<!-- end: name -->` replaced by the block of that name.
 * @throws Error when a marker has no partner or names no block.
 */
export function replaceBlocks(page: string, blocks: ReadonlyMap<string, string>): string {
  const names = blockNames(page)
  if (page.match(marker)?.length !== (names.length === 0 ? undefined : names.length * 2)) {
    throw new Error('A generated block must stand between `<!-- generated: name -->` and `<!-- end: name -->`')
  }
  const unknown = names.filter((name) => !blocks.has(name))
  if (unknown.length > 0) throw new Error(`No generator makes the block ${unknown.join(', ')}`)
  return page.replace(block, (_whole, begin: string, name: string, end: string) => {
    return `${begin}\n${blocks.get(name) ?? ''}\n\n${end}`
  })
}

/** The generated blocks of a page, in its order. */
export function blockNames(page: string): readonly string[] {
  return [...page.matchAll(block)].map((match) => match.groups?.['name'] ?? '')
}
