import type { ServerResponse } from 'node:http'
import { isDeepStrictEqual } from 'node:util'

import { describe, expect, test } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { answerJson } from '../../support/scripted-api-server.ts'
import { identity } from '../runtime/churn.ts'
import type { AnswerFault } from './fault-names.ts'
import { startFollower } from './follower.ts'
import {
  isResumed,
  type Misbehaviour,
  refuse,
  send,
  sendError,
  startScriptedCluster,
  widgets,
} from './scripted-cluster.ts'

interface Case {
  /** Undefined: nothing but silence, broken by bookmarks. */
  readonly misbehaviour: Misbehaviour | undefined
  /** By the clock of the client. @default 300 */
  readonly seconds?: number
  /** Answers stay open with nothing more to come. @default false */
  readonly hangs?: boolean
  readonly want: {
    /** Most requests while it lasts. */
    readonly requests: number
    /** Whether the cache counts as fresh after these. @default false */
    readonly fresh?: boolean
  }
}

/** Of delays that double from 0.8 s to 30 s, as many fit into five minutes. */
const attempts = 15
/** A list, and the watch that follows it and fails. */
const relists = 2 * attempts

/** Lists work, and end with their last object; what they are followed by does not. */
const onResume =
  (misbehave: Misbehaviour): Misbehaviour =>
  (request, response, serve) => {
    if (isResumed(request)) {
      misbehave(request, response, serve)
    } else {
      serve()
      response.end()
    }
  }

const cases: Readonly<Record<AnswerFault, Case>> = {
  'answers watches with 410': {
    misbehaviour: onResume((_request, response) => refuse(response, 410, 'Expired')),
    want: { requests: relists, fresh: true },
  },
  'ends watches with a 410 event': {
    misbehaviour: onResume((_request, response) => sendError(response, 410, 'Expired')),
    want: { requests: relists, fresh: true },
  },
  'ends watches with a 500 event': {
    misbehaviour: onResume((_request, response) => sendError(response, 500, 'InternalError')),
    want: { requests: relists, fresh: true },
  },
  'ends watches as soon as they begin': {
    misbehaviour: onResume((_request, response) => response.end()),
    want: { requests: attempts },
  },
  'repeats its position and ends watches': {
    misbehaviour: onResume(({ query }, response) => {
      send(response, ['BOOKMARK', { metadata: { resourceVersion: query['resourceVersion'] } }])
      response.end()
    }),
    want: { requests: attempts, fresh: true },
  },
  'sends bookmarks only': { misbehaviour: undefined, hangs: true, want: { requests: 1, fresh: true } },
  'pages a list without end': {
    misbehaviour({ query }, response) {
      if (query['watch'] === 'true') return refuse(response, 422, 'Invalid')
      const page = Number(query['continue'] ?? 0)
      const metadata = { name: `page-${page}`, namespace: 'ns', uid: `uid-${page}`, resourceVersion: '5' }
      answerJson(response, { metadata: { resourceVersion: '5', continue: String(page + 1) }, items: [{ metadata }] })
    },
    seconds: 20,
    want: { requests: 5 * 1001, fresh: true },
  },
  'answers 429 with Retry-After': {
    misbehaviour: (_request, response) => refuse(response, 429, 'TooManyRequests', { 'retry-after': '1' }),
    // Each is repeated five times.
    want: { requests: 6 * attempts },
  },
  'answers 429 without Retry-After': {
    misbehaviour: (_request, response) => refuse(response, 429, 'TooManyRequests'),
    want: { requests: attempts },
  },
  'wishes to be left alone for two minutes': {
    misbehaviour: (_request, response) => refuse(response, 429, 'TooManyRequests', { 'retry-after': '120' }),
    want: { requests: 3 },
  },
  'never ends an answer': {
    misbehaviour(_request, response) {
      response.writeHead(200, { 'content-type': 'application/json' })
      pour(response)
    },
    want: { requests: attempts },
  },
  'never answers': { misbehaviour: () => undefined, hangs: true, want: { requests: attempts } },
  'floods with headers': {
    misbehaviour(_request, response) {
      const headers = Array.from({ length: 1000 }, (_, index) => [`x-flood-${index}`, 'x'.repeat(100)])
      response.writeHead(200, Object.fromEntries(headers) as Record<string, string>)
      response.end('{}')
    },
    want: { requests: 2 * attempts },
  },
  'answers with what is no JSON': {
    misbehaviour: (_request, response) => void response.end('<html>\n'.repeat(100)),
    want: { requests: attempts },
  },
  'sends an object without metadata': {
    misbehaviour: onResume((_request, response) => send(response, ['ADDED', { kind: 'Widget' }])),
    want: { requests: relists, fresh: true },
  },
}

describe.concurrent.each([
  { protocol: 'HTTP/2', http2: true },
  { protocol: 'HTTP/1.1', http2: false },
])('over $protocol a cache catches up, after few requests and without leaks, with a server that', ({ http2 }) => {
  test.for(Object.entries(cases))('%s', { timeout: 120_000 }, async ([, given]) => {
    const { misbehaviour, seconds = 300, hangs = false, want } = given
    await using stack = new AsyncDisposableStack()
    const cluster = stack.use(await startScriptedCluster({ http2 }))
    const { server } = cluster
    const clock = createFakeClock()
    for (const name of ['stays', 'changes', 'goes']) cluster.set(name)
    const follower = stack.use(
      startFollower({
        kubeConfig: server.kubeConfig(),
        allowHttp2: http2,
        namespace: '',
        clock,
        clientClock: clock,
        type: widgets,
      }),
    )
    const { informer } = follower
    /** Nothing is on its way, on neither side, so that only time can bring something. */
    const rests = (): boolean => follower.underWay() === 0 && server.open() === 0
    /** Likewise, for as long as the server leaves the one answer open. */
    const isKeptWaiting = (): boolean => hangs && follower.underWay() === 1 && server.open() === 1
    const waits = (): Promise<true> =>
      eventually('the follower waits for time to pass', () => rests() || isKeptWaiting() || undefined)
    const converges = (): Promise<true> =>
      eventually('the cache has what the server has', async () => {
        while (rests()) await clock.advance(1000)
        return isDeepStrictEqual(identity(informer.store.list()), identity(cluster.objects())) || undefined
      })
    await converges()

    if (misbehaviour !== undefined) cluster.misbehave(misbehaviour)
    const before = server.requests.length - (misbehaviour === undefined ? 1 : 0)
    await waits()
    for (const end = clock.monotonic() + seconds * 1000; clock.monotonic() < end; await waits()) {
      if (misbehaviour === undefined && clock.monotonic() % 60_000 < 1000) {
        const heard = follower.heard()
        cluster.bookmark()
        await eventually('the bookmark is heard', () => follower.heard() > heard || undefined)
      }
      await clock.advance(1000)
    }
    expect(server.requests.length - before).toBeLessThanOrEqual(want.requests)
    expect(informer.isFresh()).toBe(want.fresh ?? false)

    cluster.set('changes')
    cluster.delete('goes')
    cluster.set('comes')
    if (misbehaviour !== undefined) cluster.misbehave(undefined)
    await converges()
    cluster.set('comes')
    await converges()
    expect(follower.told()).toEqual(identity(cluster.objects()))
    expect(follower.misfits).toEqual([])
    expect(informer.isFresh()).toBe(true)

    await follower[Symbol.asyncDispose]()
    await eventually('all connections are closed', () => server.connections() === 0 || undefined)
    expect(clock.pending()).toBe(0)
  })
})

/** Writes for as long as there is somebody to read, in blocks that are small: a server keeps what an aborted stream did not take. */
function pour(response: ServerResponse): void {
  const block = Buffer.alloc(64 * 1024, ' ')
  let closed = false
  response.on('close', () => (closed = true))
  const more = (): void => {
    if (!closed) response.write(block, more)
  }
  more()
}
