import { expect, test } from 'vitest'

import type { HttpClient, HttpRequest, HttpResponse } from './http-client.ts'
import { observeRequests } from './observe-requests.ts'
import { TransportError } from './transport-error.ts'

const request: HttpRequest = {
  method: 'GET',
  url: new URL('http://host/'),
  timeoutMilliseconds: 1000,
  maximumBodyBytes: 10,
  signal: new AbortController().signal,
}
const response: HttpResponse = { status: 503, headers: {}, body: new Uint8Array(), durationMilliseconds: 1 }

function observed(answer: () => Promise<HttpResponse>): { readonly client: HttpClient; readonly codes: string[] } {
  const codes: string[] = []
  const inner: HttpClient = { request: answer, connect: () => Promise.resolve({ durationMilliseconds: 1 }) }
  return { client: observeRequests(inner, (code) => codes.push(code)), codes }
}

test('an answer passes through and its status is told', async () => {
  const { client, codes } = observed(() => Promise.resolve(response))
  expect(await client.request(request)).toBe(response)
  expect(codes).toEqual(['503'])
})

test.each([
  {
    name: 'a failure of the way',
    error: new TransportError('ConnectionRefused', 'host: refused'),
    want: 'ConnectionRefused',
  },
  { name: 'an abort', error: new Error('stopped'), want: 'Aborted' },
])('$name is told and thrown on', async ({ error, want }) => {
  const { client, codes } = observed(() => Promise.reject(error))
  await expect(client.request(request)).rejects.toBe(error)
  expect(codes).toEqual([want])
})

test('connecting is no request', async () => {
  const { client, codes } = observed(() => Promise.resolve(response))
  await client.connect(new URL('http://host/'), request)
  expect(codes).toEqual([])
})
