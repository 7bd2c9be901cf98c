import type { RestClient } from './rest-client.ts'

/**
 * The client, asking `mayBegin` before each request that could change something: what it throws is thrown, and nothing is sent.
 * Reads are not asked about. The connections stay the client's own: disposing of this one closes nothing.
 */
export function createFencedClient(client: RestClient, mayBegin: () => void): RestClient {
  return {
    async request(request) {
      if (request.method !== 'GET') mayBegin()
      return await client.request(request)
    },
    stream: (request) => client.stream(request),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
