const sectionTypeDynamic = 6
const tagNeeded = 1n

/**
 * Names of the shared libraries that a program or library asks for itself (DT_NEEDED), in its order.
 *
 * @param file a 64-bit little-endian ELF file, which is what Linux on x64 and arm64 runs (System V gABI, chapters 4 and 5).
 * @throws {Error} when it is something else.
 */
export function neededLibraries(file: Buffer): readonly string[] {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) {
    throw new Error('This is no 64-bit little-endian ELF file')
  }
  const sections = sectionsOf(file)
  const dynamic = sections.find(({ type }) => type === sectionTypeDynamic)
  if (dynamic === undefined) return []
  const names = sections[dynamic.link]
  if (names === undefined) throw new Error('The dynamic section has no names')
  const needed: string[] = []
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    if (file.readBigInt64LE(at) !== tagNeeded) continue
    const start = names.offset + Number(file.readBigUInt64LE(at + 8))
    needed.push(file.toString('latin1', start, file.indexOf(0, start)))
  }
  return needed
}

interface Section {
  readonly type: number
  readonly offset: number
  readonly size: number
  readonly link: number
}

function sectionsOf(file: Buffer): readonly Section[] {
  const start = Number(file.readBigUInt64LE(0x28))
  const entryBytes = file.readUInt16LE(0x3a)
  return Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) => {
    const at = start + index * entryBytes
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 0x18)),
      size: Number(file.readBigUInt64LE(at + 0x20)),
      link: file.readUInt32LE(at + 0x28),
    }
  })
}
