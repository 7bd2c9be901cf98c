import { once } from 'node:events'
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

import { listenOnLoopback } from './listen-on-loopback.ts'

export interface RelayedRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** What the server answered, whether or not the answer was passed on. */
  readonly status: number
}

export type Matcher = (request: Pick<RelayedRequest, 'method' | 'path'>) => boolean

interface Hold {
  readonly where: 'Request' | 'Answer'
  readonly matches: Matcher
  readonly reached: () => void
}

/** Stands before an HTTP server, passes requests on as they are, `Host` included, and fails as it is told. */
export interface RequestRelay extends AsyncDisposable {
  readonly url: string
  /** All requests since the last `clear`. */
  readonly requests: readonly RelayedRequest[]
  /** Forgets them, an answer that was still to be lost and what was to be held. */
  clear(): void
  /** The next request that `matches` takes effect, and its connection is reset instead of the answer. */
  loseAnswer(matches: Matcher): void
  /**
   * The next request that `matches` goes no further than `where`, and its caller waits for ever: `Request` never reaches the
   * server, `Answer` took effect there. Resolves when it has come so far.
   */
  hold(where: 'Request' | 'Answer', matches: Matcher): Promise<void>
  /** Refuses connections until `start`. */
  stop(): Promise<void>
  /** Listens on the same port again; harmless while it does. */
  start(): Promise<void>
}

/** @param target URL of an http server; its path is not used. */
export async function startRequestRelay(target: string): Promise<RequestRelay> {
  const { hostname, port: targetPort } = new URL(target)
  const requests: RelayedRequest[] = []
  let losing: Matcher | undefined
  let holds: Hold[] = []

  function isHeld(where: Hold['where'], request: Parameters<Matcher>[0]): boolean {
    const hold = holds.find((candidate) => candidate.where === where && candidate.matches(request))
    if (hold === undefined) return false
    holds = holds.filter((other) => other !== hold)
    hold.reached()
    return true
  }

  async function relay(near: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = near
    const body = await buffer(near)
    if (isHeld('Request', { method, path })) return
    const far = forward({ host: hostname, port: targetPort, method, path, headers, agent: false })
    far.end(body)
    const [answer] = (await once(far, 'response')) as [IncomingMessage]
    const content = await buffer(answer)
    const status = answer.statusCode ?? 0
    requests.push({ method, path, status })
    if (losing?.({ method, path }) === true) {
      losing = undefined
      near.socket.resetAndDestroy()
      return
    }
    if (isHeld('Answer', { method, path })) return
    response.writeHead(status, answer.headers).end(content)
  }

  const server = createServer((near, response) => {
    relay(near, response).catch(() => near.socket.resetAndDestroy())
  })
  const listener = await listenOnLoopback(server)
  return {
    ...listener,
    requests,
    clear() {
      requests.length = 0
      losing = undefined
      holds = []
    },
    loseAnswer(matches) {
      losing = matches
    },
    hold: (where, matches) =>
      new Promise((resolve) => {
        holds.push({ where, matches, reached: resolve })
      }),
  }
}
