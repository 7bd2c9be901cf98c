import type { Clock } from '../kube/clock.ts'
import type { HttpClient } from './http-client.ts'
import { TransportError } from './transport-error.ts'

/** How one request ended. */
export interface RequestEnd {
  readonly url: URL
  /** The HTTP status, a TransportErrorCode where there was no answer, or `Aborted`. */
  readonly code: string
  /** From the call to its end. */
  readonly durationMilliseconds: number
}

/** The client, telling `onRequest` how each request ended. */
export function observeRequests(
  client: HttpClient,
  options: { readonly clock: Clock; readonly onRequest: (end: RequestEnd) => void },
): HttpClient {
  const { clock, onRequest } = options
  return {
    async request(request) {
      const started = clock.monotonic()
      const tell = (code: string): void =>
        onRequest({ url: request.url, code, durationMilliseconds: clock.monotonic() - started })
      try {
        const response = await client.request(request)
        tell(String(response.status))
        return response
      } catch (error) {
        tell(error instanceof TransportError ? error.code : 'Aborted')
        throw error
      }
    },
    connect: (url, options) => client.connect(url, options),
  }
}
