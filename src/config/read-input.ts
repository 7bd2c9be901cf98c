import { createReadStream } from 'node:fs'

/** As much as a Secret or ConfigMap can hold. */
const maximumBytes = 1024 * 1024

export class InputTooLargeError extends Error {
  override readonly name = 'InputTooLargeError'
  constructor() {
    super('it is larger than 1 MiB')
  }
}

/**
 * Reads a file whole; `-` is standard input, whatever it is (a pipe, a terminal, a socket).
 * @throws InputTooLargeError, without reading further (a device may never end); the system's error when it cannot be read
 */
export async function readInput(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const stream: AsyncIterable<Uint8Array> = path === '-' ? process.stdin : createReadStream(path)
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > maximumBytes) throw new InputTooLargeError()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
