import { expect, test } from 'vitest'

import { createFencedClient } from './fenced-client.ts'
import { LeadershipLostError } from './leadership-lost-error.ts'
import type { RestClient, RestRequest } from './rest-client.ts'

const { signal } = new AbortController()

/** A client that only remembers what it was asked. */
function remember(): { readonly client: RestClient; readonly asked: string[] } {
  const asked: string[] = []
  const client: RestClient = {
    request({ method, path }) {
      asked.push(`${method} ${path}`)
      return Promise.resolve({ method })
    },
    stream: ({ path }) => Promise.reject(new Error(`stream ${path}`)),
    [Symbol.asyncDispose]: () => Promise.reject(new Error('Disposed')),
  }
  return { client, asked }
}

test('passes everything on while changes may begin', async () => {
  const { client, asked } = remember()
  const fenced = createFencedClient(client, () => undefined)
  expect(await fenced.request({ method: 'PATCH', path: '/a', signal })).toEqual({ method: 'PATCH' })
  expect(asked).toEqual(['PATCH /a'])
})

test('lets no change begin once that is over, and reads all the same', async () => {
  const { client, asked } = remember()
  const fenced = createFencedClient(client, () => {
    throw new LeadershipLostError('over')
  })
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] satisfies RestRequest['method'][]) {
    await expect(fenced.request({ method, path: '/a', signal })).rejects.toThrow(LeadershipLostError)
  }
  expect(asked).toEqual([])
  await fenced.request({ method: 'GET', path: '/a', signal })
  expect(asked).toEqual(['GET /a'])
  await expect(fenced.stream({ path: '/b', signal, maximumSilenceMilliseconds: 1 })).rejects.toThrow('stream /b')
})

test('leaves the connections to their owner', async () => {
  await createFencedClient(remember().client, () => undefined)[Symbol.asyncDispose]()
})
