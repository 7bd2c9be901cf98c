import { setTimeout } from 'node:timers/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import type { BufferStatus } from '../../../src/api/s3-audit-webhook-status.ts'
import { parseS3AuditWebhookSpec } from '../../../src/api/s3-audit-webhook.ts'
import { bufferFinding } from '../../../src/controllers/s3auditwebhook/buffer-finding.ts'
import { advanceSnapshot, emptySnapshot } from '../../../src/controllers/s3auditwebhook/delivery-snapshot.ts'
import type { TargetFinding } from '../../../src/controllers/s3auditwebhook/findings.ts'
import { minioSettings } from '../../../src/providers/minio/settings.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { startEventReceiver } from '../../support/event-receiver.ts'
import { eventually } from '../../support/eventually.ts'
import { startSteadyLoad } from '../../support/steady-load.ts'
import { createProviderUnderTest, type ProviderUnderTest } from './provider-under-test.ts'

const name = 's3audit-buffer'
const queueSize = 1000
const perSecond = 40
/** What is a second here is a minute to the operator, so that a time to the minute is exact enough. */
const speed = 60
/** Told to the operator: 15 seconds here, which is when 600 events have room left. */
const atRiskSeconds = 900
/** Half a minute to the operator: what it takes for a trend is made for looks that far apart. */
const lookMilliseconds = 500

const stack = new AsyncDisposableStack()
let minio: MinioServer
let provider: ProviderUnderTest

beforeAll(async () => {
  minio = stack.use(await startMinio())
  provider = stack.use(createProviderUnderTest(minio))
})
afterAll(() => stack.disposeAsync())

/** What one look told, and what the server said. Times are milliseconds of the operator. */
interface Look {
  readonly time: number
  readonly queued: number
  readonly told: BufferStatus
}

/** Looks at the webhook and judges as the operator does, with the status as its only memory but for the samples. */
function observe(): { readonly look: (outage: boolean) => Promise<Look>; readonly looks: readonly Look[] } {
  const parsed = parseS3AuditWebhookSpec({
    clusterRef: { name: 'minio' },
    endpoint: 'http://127.0.0.1:9/raw',
    buffer: { atRiskSeconds },
  })
  if ('problem' in parsed) throw new Error(parsed.problem)
  const { spec } = parsed
  const start = Date.now()
  const now = (): number => start + (Date.now() - start) * speed
  const looks: Look[] = []
  let snapshot = emptySnapshot
  let told: BufferStatus | undefined
  let outageStartTime: string | undefined

  let due = start

  async function look(outage: boolean): Promise<Look> {
    await setTimeout(Math.max(due - Date.now(), 0))
    due = Date.now() + lookMilliseconds
    const sample = { ...(await provider.delivery(name, { fresh: true })), time: now() }
    snapshot = advanceSnapshot(snapshot, sample, { quick: false })
    outageStartTime = outage ? (outageStartTime ?? timeText(sample.time)) : undefined
    const target: TargetFinding = {
      tested: true,
      state: outage ? 'Unreachable' : 'Reachable',
      reason: outage ? 'ConnectionRefused' : 'Accepted',
      message: '',
      lastTransitionTime: timeText(start),
      ...(outageStartTime === undefined ? {} : { outageStartTime }),
    }
    const { status } = bufferFinding({
      spec,
      status: { observedGeneration: 1, ...(told === undefined ? {} : { buffer: told }) },
      target,
      delivery: snapshot.judgement ?? { reason: 'Progressing', message: '' },
      snapshot,
      eventRate: undefined,
      now: timeText(sample.time),
    })
    if (status === undefined) throw new Error('A finding without a status')
    told = status
    const seen = { time: sample.time, queued: sample.nodes[0]?.queuedEvents ?? 0, told: status }
    looks.push(seen)
    return seen
  }
  return { look, looks }
}

/** As another client reads it from the server's own metrics. */
async function queueLength(): Promise<number> {
  const { stdout } = await minio.mc(['admin', 'prometheus', 'metrics', 'local', 'logger', '--api-version', 'v3'])
  const line = stdout
    .split('\n')
    .find((text) => text.startsWith('minio_logger_webhook_queue_length') && text.includes(name))
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ')))
}

function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}

test('the buffer of a real server is told as it is: before, in and after an outage that fills it', async () => {
  await using receiver = await startEventReceiver()
  await provider.apply(name, { endpoint: receiver.url, settings: minioSettings({ queueSize }) })
  await provider.read(name)
  const { look, looks } = observe()
  const url = `${minio.endpoint}/bucket/object`

  // All is well: how long it would hold is told.
  await using load = startSteadyLoad(url, perSecond)
  const hold = await eventually('the usual rate', async () => {
    const { told } = await look(false)
    return looks.length > 6 ? told.holdSeconds : undefined
  })
  expect(hold / speed).toBeGreaterThan((0.5 * queueSize) / perSecond)
  expect(hold / speed).toBeLessThan((1.5 * queueSize) / perSecond)

  // A burst on a healthy target is no risk.
  await Promise.all(Array.from({ length: 300 }, async () => (await fetch(url)).arrayBuffer()))
  for (let after = 0; after < 5; after++) await look(false)
  expect(looks.map(({ told }) => told.state)).not.toContain('AtRisk')

  await receiver.stop()
  const began = looks.length
  const full = await eventually(
    'the full queue',
    async () => {
      const before = await queueLength()
      const { told, queued } = await look(true)
      const after = await queueLength()
      const percent = told.percentFull ?? -100
      expect(percent, `${before} to ${after} of ${queueSize}`).toBeGreaterThanOrEqual((before / queueSize) * 100 - 5)
      expect(percent, `${before} to ${after} of ${queueSize}`).toBeLessThanOrEqual((after / queueSize) * 100 + 5)
      return queued >= queueSize ? looks.at(-1) : undefined
    },
    55_000,
  )
  const outage = looks.slice(began)
  const [first] = outage
  if (first === undefined) throw new Error('No look in the outage')
  const duration = full.time - first.time

  expect(full.told).toMatchObject({ state: 'Full', summary: '100%' })
  for (const { queued, told } of outage) expect(told.state === 'Full').toBe(queued >= queueSize)
  const risk = outage.find(({ told }) => told.state === 'AtRisk')
  expect(Math.abs(full.time - (risk?.time ?? 0) - atRiskSeconds * 1000)).toBeLessThan(0.15 * duration)
  const predictions = outage.filter(({ queued }) => queued >= queueSize / 4 && queued < queueSize)
  expect(predictions.length).toBeGreaterThan(5)
  for (const { told, queued } of predictions) {
    const error = Math.abs(Date.parse(told.fullTime ?? '') - full.time) / duration
    expect(error, `predicted with ${queued} events`).toBeLessThan(0.15)
  }

  await load[Symbol.asyncDispose]()
  await receiver.start()
  const after = looks.length
  await eventually(
    'the empty queue',
    async () => ((await look(false)).told.state === 'Empty' ? true : undefined),
    30_000,
  )
  expect(looks.at(-1)?.told).toMatchObject({ state: 'Empty', summary: '0%' })
  expect(looks.slice(after, -1).map(({ told }) => told.state)).not.toContain('AtRisk')
  await provider.remove(name)
}, 120_000)
