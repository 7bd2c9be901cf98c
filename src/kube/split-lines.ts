import { ApiUnreachableError } from './api-error.ts'

const lineFeed = 0x0a

/**
 * The lines of a byte stream, without their line feeds. An unfinished line at the end is left out: it was cut.
 * @throws ApiUnreachableError with code ResponseTooLarge when a line exceeds `maximumBytes`.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maximumBytes: number,
): AsyncGenerator<string, void, void> {
  /** The unfinished line; joined once, lest a long line is copied with every chunk. */
  let parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      parts.push(chunk.subarray(start, end))
      checkLength(length + end - start, maximumBytes)
      yield Buffer.concat(parts).toString('utf8')
      parts = []
      length = 0
      start = end + 1
    }
    if (start === chunk.length) continue
    parts.push(chunk.subarray(start))
    length += chunk.length - start
    checkLength(length, maximumBytes)
  }
}

function checkLength(length: number, maximumBytes: number): void {
  if (length <= maximumBytes) return
  throw new ApiUnreachableError('ResponseTooLarge', `A line of the answer is longer than ${maximumBytes} bytes`)
}
