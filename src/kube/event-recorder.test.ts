import { expect, onTestFinished, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { noMetrics } from '../../test/support/no-metrics.ts'
import { openClient } from '../../test/support/open-client.ts'
import { passTime } from '../../test/support/pass-time.ts'
import {
  answerJson,
  type ScriptedApiServer,
  startScriptedApiServer,
  status,
} from '../../test/support/scripted-api-server.ts'
import { createEventRecorder, type EventRecord, type EventRecorder } from './event-recorder.ts'
import type { Logger } from './logger.ts'

const never = new AbortController().signal

const event: EventRecord = {
  regarding: { apiVersion: 'x.dev/v1', kind: 'Widget', namespace: 'team-a', name: 'audit', uid: 'uid-1' },
  type: 'Warning',
  reason: 'TargetUnreachable',
  action: 'Test',
  note: 'The target refused the connection',
}

interface Recording {
  readonly recorder: EventRecorder
  readonly server: ScriptedApiServer
  readonly clock: FakeClock
  /** Outcomes told to the metrics. */
  readonly outcomes: string[]
  readonly bodies: () => Record<string, unknown>[]
}

async function startRecording(script: Parameters<typeof startScriptedApiServer>[0]): Promise<Recording> {
  const server = await startScriptedApiServer(script)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const clock = createFakeClock(Date.UTC(2026, 10, 21, 7, 30, 15, 42))
  const client = openClient(server.kubeConfig(), { clock })
  const outcomes: string[] = []
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    child: () => logger,
  }
  let seed = 0
  const recorder = createEventRecorder({
    client,
    reportingController: 'x.dev/operator',
    reportingInstance: 'operator-0',
    clock,
    random: () => (seed++ % 16) / 16,
    logger,
    metrics: { ...noMetrics, eventRecorded: (outcome) => outcomes.push(outcome) },
  })
  onTestFinished(() => recorder[Symbol.asyncDispose]())
  return {
    recorder,
    server,
    clock,
    outcomes,
    bodies: () => server.requests.map((request) => JSON.parse(request.body) as Record<string, unknown>),
  }
}

test('an Event says what, about what, by whom and when', async () => {
  const { recorder, server, bodies, outcomes } = await startRecording((_request, response) =>
    answerJson(response, {}, 201),
  )
  recorder.record(event)
  await recorder.flush(never)
  expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/apis/events.k8s.io/v1/namespaces/team-a/events' })
  expect(bodies()).toEqual([
    {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'audit.0000000010000000', namespace: 'team-a' },
      eventTime: '2026-11-21T07:30:15.042000Z',
      reportingController: 'x.dev/operator',
      reportingInstance: 'operator-0',
      regarding: event.regarding,
      type: 'Warning',
      reason: 'TargetUnreachable',
      action: 'Test',
      note: 'The target refused the connection',
    },
  ])
  expect(outcomes).toEqual(['sent'])
})

test('Events keep their order and the time of their recording', async () => {
  const { recorder, bodies, clock } = await startRecording((_request, response) => answerJson(response, {}, 201))
  recorder.record({ ...event, reason: 'First' })
  await clock.advance(1000)
  recorder.record({ ...event, reason: 'Second' })
  await recorder.flush(never)
  expect(bodies().map(({ reason, eventTime }) => [reason, eventTime])).toEqual([
    ['First', '2026-11-21T07:30:15.042000Z'],
    ['Second', '2026-11-21T07:30:16.042000Z'],
  ])
})

test('what is too long is cut to the bounds of the API, between characters', async () => {
  const { recorder, bodies } = await startRecording((_request, response) => answerJson(response, {}, 201))
  const name = `${'n'.repeat(235)}-${'.x'.repeat(8)}`
  recorder.record({ ...event, regarding: { ...event.regarding, name }, note: '\u{1F4A5}'.repeat(300) })
  await recorder.flush(never)
  const [body] = bodies()
  expect(body?.['note']).toBe('\u{1F4A5}'.repeat(256))
  expect(body?.['metadata']).toMatchObject({ name: `${'n'.repeat(235)}.0000000010000000` })
})

test('an Event about a cluster-scoped object goes to the namespace default', async () => {
  const { recorder, server, bodies } = await startRecording((_request, response) => answerJson(response, {}, 201))
  recorder.record({ ...event, regarding: { ...event.regarding, namespace: '' } })
  await recorder.flush(never)
  expect(server.requests[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/default/events')
  expect(bodies()[0]?.['regarding']).not.toHaveProperty('namespace')
})

test.each([
  { name: 'a server error is tried again', answers: [500, 503, 201], want: ['sent'], requests: 3 },
  { name: 'a name that exists was sent by a try whose answer was lost', answers: [409], want: ['sent'], requests: 1 },
  { name: 'a refusal is dropped', answers: [403], want: ['failed'], requests: 1 },
  { name: 'five tries are made', answers: [500, 500, 500, 500, 500, 500], want: ['failed'], requests: 5 },
])('$name', async ({ answers, want, requests }) => {
  const left = [...answers]
  const { recorder, server, clock, outcomes } = await startRecording((_request, response) => {
    const code = left.shift() ?? 201
    answerJson(response, code === 409 ? status(409, 'AlreadyExists', 'exists') : {}, code)
  })
  recorder.record(event)
  await passTime(clock, recorder.flush(never), 1000)
  expect(outcomes).toEqual(want)
  expect(server.requests).toHaveLength(requests)
})

test('one object cannot flood', async () => {
  const { recorder, server, outcomes } = await startRecording((_request, response) => answerJson(response, {}, 201))
  for (let i = 0; i < 40; i++) recorder.record({ ...event, note: `attempt ${i}` })
  await recorder.flush(never)
  expect(server.requests).toHaveLength(25)
  expect(outcomes.filter((outcome) => outcome === 'dropped_rate_limited')).toHaveLength(15)
})

test('of more than a thousand waiting the oldest are dropped', async () => {
  const { recorder, outcomes, server } = await startRecording(() => undefined)
  for (let i = 0; i < 1010; i++) recorder.record({ ...event, regarding: { ...event.regarding, uid: `uid-${i}` } })
  await expect.poll(() => server.requests.length).toBe(1)
  // One is being sent, a thousand wait.
  expect(outcomes).toEqual(Array.from({ length: 9 }, () => 'dropped_queue_full'))
})

test('flush ends with its signal, and disposal ends what is being sent', async () => {
  const { recorder, server, clock } = await startRecording(() => undefined)
  recorder.record(event)
  const abort = new AbortController()
  const flushing = recorder.flush(abort.signal)
  abort.abort(new Error('enough'))
  await expect(flushing).rejects.toThrow('enough')
  await expect.poll(() => server.requests.length).toBe(1)
  await recorder[Symbol.asyncDispose]()
  await expect.poll(() => server.open()).toBe(0)
  recorder.record(event)
  await recorder.flush(never)
  expect(clock.pending()).toBe(0)
})
