import { ApiUnreachableError } from './api-error.ts'

/**
 * A body as text.
 * @param subject method, path and host, for the message.
 * @throws ApiUnreachableError with code ResponseTooLarge when it exceeds `maximumBytes`.
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  maximumBytes: number,
  subject: string,
): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maximumBytes) {
      throw new ApiUnreachableError('ResponseTooLarge', `${subject}: the answer is longer than ${maximumBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
