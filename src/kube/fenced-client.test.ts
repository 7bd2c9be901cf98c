import { expect, onTestFinished, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { openClient } from '../../test/support/open-client.ts'
import { passTime } from '../../test/support/pass-time.ts'
import { answerJson, type ScriptedApiServer, startScriptedApiServer } from '../../test/support/scripted-api-server.ts'
import { createFencedClient } from './fenced-client.ts'
import { LeadershipLostError } from './leadership-lost-error.ts'
import type { RestClient, RestRequest } from './rest-client.ts'

const { signal } = new AbortController()

interface Fenced {
  readonly client: RestClient
  readonly server: ScriptedApiServer
  readonly clock: FakeClock
  /** How often it was asked whether something may begin. */
  readonly asked: () => number
  /** From now on nothing may begin. */
  readonly end: () => void
}

async function fenced(script: Parameters<typeof startScriptedApiServer>[0]): Promise<Fenced> {
  const server = await startScriptedApiServer(script)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const clock = createFakeClock()
  const client = openClient(server.kubeConfig(), { clock })
  let asked = 0
  let ended = false
  const mayBegin = (): void => {
    asked++
    if (ended) throw new LeadershipLostError('over')
  }
  const end = (): void => {
    ended = true
  }
  return { client: createFencedClient(client, mayBegin), server, clock, asked: () => asked, end }
}

const changes = ['POST', 'PUT', 'PATCH', 'DELETE'] satisfies RestRequest['method'][]

test('lets changes through while they may begin, and none once that is over; reads all the same', async () => {
  const { client, server, end } = await fenced((_request, response) => answerJson(response, {}))
  for (const method of changes) await client.request({ method, path: '/before', signal })
  end()
  for (const method of changes) {
    await expect(client.request({ method, path: '/after', signal })).rejects.toThrow(LeadershipLostError)
  }
  await client.request({ method: 'GET', path: '/read', signal })
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /before',
    'PUT /before',
    'PATCH /before',
    'DELETE /before',
    'GET /read',
  ])
})

test('a change that waits for its repeat is not repeated once that is over', async () => {
  const { client, server, clock, end } = await fenced((_request, response) =>
    answerJson(response, {}, 429, { 'retry-after': '5' }),
  )
  const change = client.request({ method: 'PATCH', path: '/slow', signal })
  change.catch(() => undefined)
  await expect.poll(() => server.requests.length).toBe(1)
  await expect.poll(() => clock.pending()).toBeGreaterThan(0)
  end()
  await expect(passTime(clock, change, 1000)).rejects.toThrow(LeadershipLostError)
  expect(server.requests).toHaveLength(1)
})

test('a change that waits for a connection is not sent once that is over', async () => {
  const held: (() => void)[] = []
  const { client, server, asked, end } = await fenced((request, response) => {
    if (request.path === '/slow') held.push(() => answerJson(response, {}))
    else answerJson(response, {})
  })
  const reads = Array.from({ length: 16 }, () => client.request({ method: 'GET', path: '/slow', signal }))
  await expect.poll(() => held.length).toBe(16)
  const change = client.request({ method: 'PATCH', path: '/change', signal })
  const refused = expect(change).rejects.toThrow(LeadershipLostError)
  await expect.poll(asked).toBe(1)
  end()
  for (const answer of held) answer()
  await refused
  await Promise.all(reads)
  expect(server.requests.filter(({ method }) => method === 'PATCH')).toEqual([])
  expect(await client.request({ method: 'GET', path: '/read', signal })).toEqual({})
  expect(server.connections()).toBe(16)
})

test('leaves the connections to their owner', async () => {
  const { client } = await fenced((_request, response) => answerJson(response, {}))
  await client[Symbol.asyncDispose]()
  expect(await client.request({ method: 'GET', path: '/still', signal })).toEqual({})
})
