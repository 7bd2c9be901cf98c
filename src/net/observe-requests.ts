import type { HttpClient } from './http-client.ts'
import { TransportError } from './transport-error.ts'

/**
 * The client, telling `onRequest` how each request ended: its HTTP status, a TransportErrorCode where there was no answer, or
 * `Aborted`.
 */
export function observeRequests(client: HttpClient, onRequest: (code: string) => void): HttpClient {
  return {
    async request(request) {
      try {
        const response = await client.request(request)
        onRequest(String(response.status))
        return response
      } catch (error) {
        onRequest(error instanceof TransportError ? error.code : 'Aborted')
        throw error
      }
    },
    connect: (url, options) => client.connect(url, options),
  }
}
