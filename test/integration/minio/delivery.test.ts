import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { judgeDelivery, type DeliveryJudgement, type DeliverySample } from '../../../src/buffer/delivery-judgement.ts'
import { lostBetween } from '../../../src/buffer/lost-events.ts'
import { judgeMeasuredBuffer } from '../../../src/buffer/measured-buffer.ts'
import { Secret } from '../../../src/observability/secret.ts'
import { minioSettings } from '../../../src/providers/minio/settings.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { startEventReceiver, type EventReceiver } from '../../support/event-receiver.ts'
import { eventually } from '../../support/eventually.ts'
import { createProviderUnderTest, type ProviderUnderTest } from './provider-under-test.ts'

const stack = new AsyncDisposableStack()
let minio: MinioServer
let provider: ProviderUnderTest

beforeAll(async () => {
  minio = stack.use(await startMinio())
  provider = stack.use(createProviderUnderTest(minio))
})
afterAll(() => stack.disposeAsync())

/** Longer than the server keeps the figures of its metrics. */
const sampleMilliseconds = 11_000

/** Anonymous requests, which the server refuses and audits. @returns their ids */
async function makeEvents(count: number): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (let index = 0; index < count; index++) {
    const response = await fetch(`${minio.endpoint}/bucket/object-${index}`)
    await response.arrayBuffer()
    ids.add(response.headers.get('x-amz-request-id') ?? `request ${index} has no id`)
  }
  return ids
}

/** Which of these requests the receiver has taken. */
function accepted(receiver: EventReceiver, ids: ReadonlySet<string>): ReadonlySet<string> {
  const bodies = receiver.deliveries.filter(({ status }) => status === 200).map(({ body }) => body)
  const seen = bodies.flatMap((body) => [...body.matchAll(/"requestID":"([^"]+)"/g)].map(([, id = '']) => id))
  return new Set(seen.filter((id) => ids.has(id)))
}

interface Look {
  readonly sample: DeliverySample
  readonly judgement: DeliveryJudgement | undefined
}

interface Observer {
  readonly look: () => Promise<Look>
  /** Looks so far. Each asks the server over its admin API, which is audited: an event like any other. */
  readonly looks: () => number
}

/** Takes samples of one webhook as the operator does, and judges each. */
function observe(targetName: string): Observer {
  let previous: DeliverySample | undefined
  let judgement: DeliveryJudgement | undefined
  let looks = 0
  return {
    looks: () => looks,
    async look() {
      looks++
      const sample: DeliverySample = { ...(await provider.delivery(targetName)), time: Date.now() }
      judgement = judgeDelivery(previous, sample, judgement)
      previous = sample
      return { sample, judgement }
    },
  }
}

test('events carry the exact Authorization value, a rotated one at once, and none after the webhook is off', async () => {
  await using receiver = await startEventReceiver()
  const endpoint = `${receiver.url}/services/collector/raw`
  for (const authorization of ['Splunk 11111111-1111-4111-8111-111111111111', 'Bearer two words, and = signs']) {
    await provider.apply('s3audit-token', { endpoint, authorization: new Secret(authorization) })
    const ids = await makeEvents(1)
    const delivery = await eventually('the event of the request', () =>
      receiver.deliveries.find(({ body }) => [...ids].some((id) => body.includes(id))),
    )
    expect(delivery).toMatchObject({ path: '/services/collector/raw', authorization })
  }
  await provider.apply('s3audit-token', { endpoint })
  const plain = await makeEvents(1)
  const delivery = await eventually('the event of the request', () =>
    receiver.deliveries.find(({ body }) => [...plain].some((id) => body.includes(id))),
  )
  expect(delivery.authorization).toBeUndefined()

  await provider.apply('s3audit-token', { endpoint, enabled: false })
  const unsent = await makeEvents(3)
  await provider.apply('s3audit-token', { endpoint })
  const sent = await makeEvents(3)
  await eventually('the events after it was switched on', () => accepted(receiver, sent).size === 3 || undefined)
  expect(accepted(receiver, unsent).size).toBe(0)
  await provider.remove('s3audit-token')
})

test('a queue grows while the target is away and drains to the last event afterwards', async () => {
  await using receiver = await startEventReceiver()
  const name = 's3audit-drain'
  await provider.apply(name, { endpoint: receiver.url, settings: minioSettings({ queueSize: 500 }) })
  await provider.read(name)
  const before = await makeEvents(3)
  await eventually('delivery', () => accepted(receiver, before).size === 3 || undefined)
  await receiver.stop()
  const waiting = await makeEvents(100)

  const { look } = observe(name)
  const away = await eventually('the growing queue', async () => {
    const { sample, judgement } = await look()
    return (sample.nodes[0]?.queuedEvents ?? 0) >= 99 ? { sample, judgement } : undefined
  })
  expect(away.judgement?.reason).toBe('ClusterReportsOffline')
  expect(away.sample.nodes).toEqual([expect.objectContaining({ online: false, capacityEvents: 500 })])
  const input = { previous: undefined, outageStartTime: undefined, atRiskSeconds: 60 }
  expect(judgeMeasuredBuffer({ ...input, samples: [away.sample], outage: true })?.status.percentFull).toBe(20)

  await receiver.start()
  await eventually('all events', () => accepted(receiver, waiting).size === 100 || undefined)
  const drained = await eventually('the empty queue', async () => {
    const { sample, judgement } = await look()
    return sample.nodes[0]?.queuedEvents === 0 && sample.nodes[0].online ? { sample, judgement } : undefined
  })
  expect(drained.judgement?.reason).toBe('ClusterDelivers')
  expect(judgeMeasuredBuffer({ ...input, samples: [drained.sample], outage: false })?.status.summary).toBe('0%')
  await provider.remove(name)
})

test('a full queue is told, and the events that it lost are counted', async () => {
  await using receiver = await startEventReceiver()
  const name = 's3audit-full'
  await provider.apply(name, { endpoint: receiver.url, settings: minioSettings({ queueSize: 50 }) })
  await provider.read(name)
  const before = await makeEvents(1)
  await eventually('delivery', () => accepted(receiver, before).size === 1 || undefined)
  const { look, looks } = observe(name)
  const first = await eventually('the first sample', async () => {
    const { sample } = await look()
    return sample.nodes[0]?.online === true ? sample : undefined
  })
  receiver.answerWith(503)
  const start = Date.now()
  const early = await makeEvents(150)
  const late = new Set<string>()
  // Workers go on to take events from a queue that is over half full: only new ones keep it full.
  const full = await eventually('the full queue, in figures that are newer than the early events', async () => {
    for (const id of await makeEvents(2)) late.add(id)
    const { sample } = await look()
    const fresh = Date.now() - start > sampleMilliseconds + 1000
    return fresh && sample.nodes[0]?.queuedEvents === 50 ? sample : undefined
  })
  const lookedUntilFull = looks()
  const input = { previous: undefined, outageStartTime: undefined, atRiskSeconds: 60 }
  const judged = judgeMeasuredBuffer({ ...input, samples: [first, full], outage: true })
  expect(judged).toMatchObject({ reason: 'Full', status: { percentFull: 100, summary: '100%' } })

  receiver.answerWith(200)
  const after = await eventually('the empty queue', async () => {
    const { sample } = await look()
    return sample.nodes[0]?.queuedEvents === 0 ? sample : undefined
  })
  expect(after.nodes[0]?.online).toBe(true)
  const lostEarly = early.size - accepted(receiver, early).size
  const lostLate = late.size - accepted(receiver, late).size
  expect(lostEarly).toBeGreaterThan(50)
  const counted = lostBetween(first, full)
  expect(counted).toBeGreaterThanOrEqual(lostEarly)
  // Besides them: events of the looks, and what was taken from the queue and is tried again and again, at most 16 at a time.
  expect(counted).toBeLessThanOrEqual(lostEarly + lostLate + lookedUntilFull + 2 * 16)
  await provider.remove(name)
}, 120_000)

test('with a queue directory an empty queue proves nothing, and events outlive a restart', async () => {
  await using receiver = await startEventReceiver()
  const name = 's3audit-store'
  const queueDir = join(minio.dataDirectory, 'queue')
  await mkdir(queueDir)
  await provider.apply(name, { endpoint: receiver.url, settings: minioSettings({ queueDir }) })
  await provider.read(name)
  const before = await makeEvents(1)
  await eventually('delivery', () => accepted(receiver, before).size === 1 || undefined)
  await receiver.stop()
  const waiting = await makeEvents(50)
  const known = await provider.delivery(name)
  const report = await eventually('figures that are newer than these events', async () => {
    const now = await provider.delivery(name)
    return isDeepStrictEqual(now.nodes, known.nodes) ? undefined : now
  })
  expect(report).toMatchObject({ uncountedStore: true, nodes: [{ queuedEvents: 0 }] })
  const sample = { ...report, time: Date.now() }
  const input = { previous: undefined, outageStartTime: undefined, atRiskSeconds: 60 }
  expect(judgeMeasuredBuffer({ ...input, samples: [sample], outage: true })?.status.summary).toBe('?')

  await minio.restart()
  await receiver.start()
  await eventually('all events', () => accepted(receiver, waiting).size === 50 || undefined, 60_000)
  await provider.remove(name)
}, 120_000)

describe('a target that refuses', () => {
  const statuses = [400, 401, 403, 500] as const
  const nameOf = (status: number): string => `s3audit-status-${status}`

  test('is found out though the server calls it online, and is forgiven when it takes events again', async () => {
    await using receivers = new AsyncDisposableStack()
    const targets: (Observer & { readonly status: number; readonly receiver: EventReceiver })[] = []
    for (const status of statuses) {
      const receiver = receivers.use(await startEventReceiver())
      await provider.apply(nameOf(status), { endpoint: receiver.url })
      targets.push({ status, receiver, ...observe(nameOf(status)) })
    }
    const lookAll = () => Promise.all(targets.map(({ look }) => look()))
    const reasons = (looks: readonly Look[]) => looks.map(({ judgement }) => judgement?.reason)

    const healthy = await eventually('delivery to all', async () => {
      await makeEvents(1)
      const looks = await lookAll()
      return reasons(looks).every((reason) => reason === 'ClusterDelivers') ? looks : undefined
    })
    expect(healthy).toHaveLength(statuses.length)

    for (const { status, receiver } of targets) receiver.answerWith(status)
    await makeEvents(5)
    const refused = await eventually(
      'two intervals with new failures at all',
      async () => {
        const looks = await lookAll()
        return reasons(looks).every((reason) => reason === 'SendsFailing') ? looks : undefined
      },
      2 * sampleMilliseconds + 5_000,
    )
    expect(refused.map(({ sample }) => sample.nodes[0]?.online)).toEqual(statuses.map(() => true))

    for (const { receiver } of targets) receiver.answerWith(200)
    const recovered = await eventually(
      'delivery to all',
      async () => {
        await makeEvents(1)
        const looks = await lookAll()
        return reasons(looks).every((reason) => reason === 'ClusterDelivers') ? looks : undefined
      },
      60_000,
    )
    expect(recovered).toHaveLength(statuses.length)
    for (const status of statuses) await provider.remove(nameOf(status))
  }, 180_000)

  test('from the first event on is told as offline, which is what the server says', async () => {
    await using receiver = await startEventReceiver()
    receiver.answerWith(401)
    await provider.apply('s3audit-never', { endpoint: receiver.url })
    const { look } = observe('s3audit-never')
    const found = await eventually('a judgement', async () => {
      const { sample, judgement } = await look()
      return (sample.nodes[0]?.failedAttempts ?? 0) > 0 ? judgement : undefined
    })
    expect(found.reason).toBe('ClusterReportsOffline')
    await provider.remove('s3audit-never')
  })
})
