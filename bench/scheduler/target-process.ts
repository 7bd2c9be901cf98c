import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { serveParent } from '../support/worker.ts'

let requests = 0

/** A collector that accepts everything, at many ports. */
const handlers = {
  async listen({ ports }: { readonly ports: number }): Promise<readonly number[]> {
    return await Promise.all(
      Array.from({ length: ports }, async () => {
        const server = createServer((request, response) => {
          requests++
          request.resume()
          response.setHeader('content-type', 'application/json')
          response.end(request.method === 'GET' ? '{"text":"HEC is healthy","code":17}' : '{"text":"Success","code":0}')
        })
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        return (server.address() as AddressInfo).port
      }),
    )
  },
  requests: (): number => requests,
} as const
export type TargetHandlers = typeof handlers

serveParent(handlers)
