import type { RestClient } from './rest-client.ts'

/**
 * The client, asking `mayBegin` before each request that could change something, before each repeat of one and again when it has a
 * connection: what it throws is thrown, and nothing is sent. Reads are not asked about. The connections stay the client's own:
 * disposing of this one closes nothing.
 */
export function createFencedClient(client: RestClient, mayBegin: () => void): RestClient {
  return {
    request: (request) => client.request(request.method === 'GET' ? request : { ...request, mayBegin }),
    stream: (request) => client.stream(request),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
