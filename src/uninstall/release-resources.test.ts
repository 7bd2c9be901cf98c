import { expect, onTestFinished, test } from 'vitest'

import { createFakeClock } from '../../test/support/fake-clock.ts'
import { openClient } from '../../test/support/open-client.ts'
import { answerJson, startScriptedApiServer, status } from '../../test/support/scripted-api-server.ts'
import { describeResource } from './held-resource.ts'
import { releaseResources, type Unreleased } from './release-resources.ts'

const webhooks = '/apis/s3audit.dev/v1alpha1/s3auditwebhooks'

interface Given {
  /** What patches are answered, one after the other; the last goes on. 200 takes the finalizer off. */
  readonly patches?: readonly number[]
  /** What lists of webhooks are answered, likewise. */
  readonly lists?: readonly number[]
  /** Somebody sets the finalizer again after each patch. */
  readonly putBack?: boolean
  readonly timeoutMilliseconds?: number
}

interface Ended {
  readonly left: readonly Unreleased[] | string
  readonly released: readonly string[]
  readonly patches: number
  readonly seconds: number
}

/** One S3AuditWebhook with our finalizer on a server that answers as given. */
async function releaseOne({
  patches = [200],
  lists = [200],
  putBack = false,
  timeoutMilliseconds = 60_000,
}: Given): Promise<Ended> {
  let isHeld = true
  let version = 1
  const count = { patches: 0, lists: 0 }
  const nth = (answers: readonly number[], index: number): number => answers[index] ?? answers.at(-1) ?? 200
  const server = await startScriptedApiServer((request, response) => {
    const code =
      request.method === 'PATCH'
        ? nth(patches, count.patches++)
        : request.path === webhooks
          ? nth(lists, count.lists++)
          : 200
    if (code !== 200)
      return answerJson(response, status(code, code === 403 ? 'Forbidden' : 'Other', `was ${code}`), code)
    const object = () => ({
      metadata: {
        namespace: 'ns',
        name: 'audit',
        resourceVersion: String(version),
        finalizers: [...(isHeld ? ['s3audit.dev/webhook'] : []), 'example.com/other'],
      },
    })
    if (request.method === 'PATCH') {
      const change = JSON.parse(request.body) as { metadata: object }
      expect(change).toEqual({ metadata: { resourceVersion: String(version), finalizers: ['example.com/other'] } })
      isHeld = putBack
      version++
      return answerJson(response, object())
    }
    answerJson(response, { metadata: { resourceVersion: '1' }, items: request.path === webhooks ? [object()] : [] })
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const client = openClient(server.kubeConfig())
  const clock = createFakeClock()
  const time = new AbortController()
  clock.timer(timeoutMilliseconds, () => time.abort(new Error('The time is over')))
  const released: string[] = []
  let isRunning = true
  const running = (): boolean => isRunning
  const ending = releaseResources({
    client,
    namespaces: [],
    clock,
    random: () => 0,
    onRelease: (held) => void released.push(describeResource(held)),
    signal: time.signal,
  })
    .catch((error: unknown) => (error instanceof Error ? error.message : 'no Error'))
    .finally(() => (isRunning = false))
  while (running()) await clock.advance(server.open() === 0 ? 50 : 0)
  return { left: await ending, released, patches: count.patches, seconds: Math.round(clock.monotonic() / 1000) }
}

test.each<{ name: string; given: Given; patches: number }>([
  { name: 'at the first try', given: {}, patches: 1 },
  { name: 'after a conflict', given: { patches: [409, 200] }, patches: 2 },
  { name: 'after 429 and 500', given: { patches: [429, 500, 503, 200] }, patches: 4 },
  { name: 'after lists that failed', given: { lists: [500, 429, 200] }, patches: 1 },
])('takes the finalizer off, and leaves others: $name', async ({ given, patches }) => {
  const ended = await releaseOne(given)
  expect(ended).toMatchObject({ left: [], released: ['S3AuditWebhook ns/audit'], patches })
  expect(ended.seconds).toBeLessThan(5)
})

test('a resource that is gone meanwhile is let go', async () => {
  expect(await releaseOne({ patches: [404], lists: [200, 404] })).toMatchObject({ left: [], patches: 1 })
})

test('a kind that the API server does not have holds nothing', async () => {
  expect(await releaseOne({ lists: [404] })).toEqual({ left: [], released: [], patches: 0, seconds: 0 })
})

test('what is put back again and again is left after five times', async () => {
  const { left, patches } = await releaseOne({ putBack: true })
  expect(patches).toBe(5)
  expect(left).toMatchObject([{ problem: 'it was put back, so an operator still works on it' }])
})

test('a refusal ends it at once and is told', async () => {
  const { left, patches, seconds } = await releaseOne({ patches: [403] })
  expect({ patches, seconds }).toEqual({ patches: 1, seconds: 0 })
  expect(left).toMatchObject([{ problem: 'was 403' }])
})

test('it ends with what is left when the time is over, with delays of up to five seconds between tries', async () => {
  const { left, patches, seconds } = await releaseOne({ patches: [500] })
  expect(seconds).toBe(60)
  expect(left).toMatchObject([{ problem: 'was 500' }])
  expect(patches).toBeGreaterThan(10)
  expect(patches).toBeLessThan(20)
})

test('a list that is refused is an error', async () => {
  expect(await releaseOne({ lists: [403] })).toMatchObject({ left: 'was 403', patches: 0 })
})
