import { expect, test } from 'vitest'

import { createFakeClock } from '../../test/support/fake-clock.ts'
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.ts'
import { observeRequests, type RequestEnd } from './observe-requests.ts'
import { TransportError } from './transport-error.ts'

const request: HttpRequest = {
  method: 'GET',
  url: new URL('http://host/'),
  timeoutMilliseconds: 1000,
  maximumBodyBytes: 10,
  signal: new AbortController().signal,
}
const response: HttpResponse = { status: 503, headers: {}, body: new Uint8Array(), durationMilliseconds: 1 }

/** A request takes 250 ms. */
function observed(answer: () => Promise<HttpResponse>): { readonly client: HttpClient; readonly ends: RequestEnd[] } {
  const ends: RequestEnd[] = []
  const clock = createFakeClock()
  const inner: HttpClient = {
    async request() {
      await clock.advance(250)
      return answer()
    },
    connect: () => Promise.resolve({ durationMilliseconds: 1 }),
  }
  return { client: observeRequests(inner, { clock, onRequest: (end) => ends.push(end) }), ends }
}

const told = (code: string): RequestEnd => ({ url: request.url, code, durationMilliseconds: 250 })

test('an answer passes through and its status and duration are told', async () => {
  const { client, ends } = observed(() => Promise.resolve(response))
  expect(await client.request(request)).toBe(response)
  expect(ends).toEqual([told('503')])
})

test.each([
  {
    name: 'a failure of the way',
    error: new TransportError('ConnectionRefused', 'host: refused'),
    want: 'ConnectionRefused',
  },
  { name: 'an abort', error: new Error('stopped'), want: 'Aborted' },
])('$name is told and thrown on', async ({ error, want }) => {
  const { client, ends } = observed(() => Promise.reject(error))
  await expect(client.request(request)).rejects.toBe(error)
  expect(ends).toEqual([told(want)])
})

test('connecting is no request', async () => {
  const { client, ends } = observed(() => Promise.resolve(response))
  await client.connect(new URL('http://host/'), request)
  expect(ends).toEqual([])
})
