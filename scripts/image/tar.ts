/** What a tar archive holds, with everything that is not given here the same for all: owner root, time 0. */
export type TarEntry =
  | { readonly type: 'directory'; readonly path: string; readonly mode: number }
  | { readonly type: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly type: 'link'; readonly path: string; readonly target: string }

const blockBytes = 512
const typeFlags = { file: '0', link: '2', directory: '5' } as const

/**
 * A tar archive (POSIX ustar) as a list of buffers; the same entries give the same bytes on every machine, which the `tar` programs
 * of different systems do not.
 *
 * @throws {RangeError} for a path that takes more than 100 bytes.
 */
export function tar(entries: readonly TarEntry[]): readonly Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (const entry of entries) {
    const content = entry.type === 'file' ? entry.content : new Uint8Array()
    blocks.push(header(entry, content.length), content, new Uint8Array(-content.length & (blockBytes - 1)))
  }
  return [...blocks, new Uint8Array(2 * blockBytes)]
}

function header(entry: TarEntry, size: number): Uint8Array {
  const block = Buffer.alloc(blockBytes)
  const text = (value: string, offset: number, length: number): void => {
    if (Buffer.byteLength(value) > length) throw new RangeError(`'${value}' is too long for a tar archive`)
    block.write(value, offset)
  }
  const octal = (value: number, offset: number, length: number): void =>
    text(value.toString(8).padStart(length - 1, '0'), offset, length)

  text(entry.type === 'directory' ? `${entry.path}/` : entry.path, 0, 100)
  octal(entry.type === 'link' ? 0o777 : entry.mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  // The sum counts itself as blanks.
  block.fill(' ', 148, 156)
  text(typeFlags[entry.type], 156, 1)
  if (entry.type === 'link') text(entry.target, 157, 100)
  text('ustar\0', 257, 6)
  text('00', 263, 2)
  const sum = block.reduce((total, byte) => total + byte, 0)
  text(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8)
  return block
}
