import { expect, it, onTestFinished } from 'vitest'

import { type Clock, systemClock } from '../../../src/kube/clock.ts'
import { createCertificateAuthority } from '../../support/certificates.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { type HecSimulator, startHecSimulator } from '../hec/hec-simulator.ts'
import type { DeliveryMode } from './sender.ts'
import { startWekaSimulator, type WekaSimulator } from './weka-simulator.ts'

const token = '0f1e2d3c-0000-4000-8000-00000000000a'
const wait = { timeoutMilliseconds: 5_000 }
const poll = { timeout: 5_000, interval: 5 }

interface Stream {
  readonly weka: WekaSimulator
  readonly hec: HecSimulator
  readonly total: (figure: 'delivered' | 'failed' | 'dropped' | 'queued') => number
}

/** Two S3 servers and their target. */
async function stream(
  mode: DeliveryMode = 'minio2021',
  { tls = false, clock = systemClock }: { tls?: boolean; clock?: Clock } = {},
): Promise<Stream> {
  const authority = createCertificateAuthority({ commonName: 'Target CA' })
  const hec = await startHecSimulator({
    tokens: [{ token }],
    ...(tls ? { tls: authority.issue({ commonName: 'hec', ipAddresses: ['127.0.0.1'] }) } : {}),
  })
  onTestFinished(() => hec[Symbol.asyncDispose]())
  const weka = await startWekaSimulator({
    users: [],
    clock,
    plainHttp: true,
    delivery: { mode, caPem: authority.certPem },
    knobs: { restartMilliseconds: 0 },
  })
  onTestFinished(() => weka[Symbol.asyncDispose]())
  const total: Stream['total'] = (figure) => weka.delivery().reduce((sum, server) => sum + server[figure], 0)
  return { weka, hec, total }
}

const registered = (weka: WekaSimulator): boolean => weka.delivery().every((server) => server.registered)

async function configure({ weka, hec }: Stream, authToken = `Splunk ${token}`): Promise<void> {
  weka.setWebhookByHand({ endpoint: String(hec.url('raw')), authToken, enabled: true })
  await expect.poll(() => registered(weka), poll).toBe(true)
}

it('sends an event of every call, from every server, with the token as stored', async () => {
  const running = await stream()
  await configure(running, String.raw`\"Splunk ${token}\"`)
  for (let calls = 0; calls < 4; calls++) running.weka.s3Request({ name: 'PutObject', object: `o${calls}` })
  // Each server has posted an empty object when it started.
  await running.hec.waitFor(() => running.hec.acceptedTotal() === 6, wait)
  const accepted = running.hec.accepted()
  expect(accepted.filter(({ event }) => JSON.stringify(event) === '{}')).toHaveLength(2)
  const events = accepted.filter(({ event }) => JSON.stringify(event) !== '{}')
  expect(events.map(({ authorization }) => authorization)).toEqual(Array(4).fill(`Splunk ${token}`))
  expect(events[0]).toMatchObject({
    contentType: 'application/json',
    event: {
      auditVersion: '1.weka',
      api: { name: 'PutObject', bucket: 'bucket-a', statusCode: 200 },
      wekaInfo: { clusterGUID: running.weka.guid },
    },
  })
  const servers = new Set(
    events.map(({ event }) => (event as { wekaInfo: { serverName: string } }).wekaInfo.serverName),
  )
  expect(servers.size).toBe(2)
})

it('trusts the CA that it is given', async () => {
  const running = await stream('minio2021', { tls: true })
  await configure(running)
  running.weka.s3Request()
  await running.hec.waitFor(() => running.hec.acceptedTotal() === 3, wait)
})

it('as of 2021 never sends when the target did not answer at the start', async () => {
  const running = await stream()
  await running.hec.down()
  running.weka.setWebhookByHand({ endpoint: String(running.hec.url('raw')), authToken: `Splunk ${token}` })
  running.weka.s3Request()
  await running.hec.up()
  running.weka.s3Request()
  expect(running.total('dropped')).toBe(2)
  expect(registered(running.weka)).toBe(false)
  // A restart makes it good.
  await configure(running)
  running.weka.s3Request()
  await running.hec.waitFor(() => running.hec.acceptedTotal() === 3, wait)
})

it('as of 2021 loses what the target does not take with exactly 200', async () => {
  const running = await stream()
  await configure(running)
  await running.hec.fail({ mode: 'status', httpStatus: 204, count: 1 })
  running.weka.s3Request()
  await expect.poll(() => running.total('failed'), poll).toBe(1)
  running.weka.s3Request()
  await expect.poll(() => running.total('delivered'), poll).toBe(1)
})

it('drops what does not fit into the queue of 10,000 events', async () => {
  const running = await stream()
  await configure(running)
  await running.hec.fail({ mode: 'stall' })
  for (let calls = 0; calls < 20_010; calls++) running.weka.s3Request()
  expect(running.total('queued')).toBe(20_000)
  expect(running.total('dropped')).toBe(10)
})

it('loses the queue with a change of the webhook', async () => {
  const running = await stream()
  await configure(running)
  await running.hec.fail({ mode: 'stall' })
  for (let calls = 0; calls < 10; calls++) running.weka.s3Request()
  running.weka.setWebhookByHand({ enabled: false })
  await expect.poll(() => running.total('dropped'), poll).toBe(10)
  running.weka.s3Request()
  expect(running.total('queued')).toBe(0)
})

it('as of today retries until the target takes it', async () => {
  const clock = createFakeClock()
  const running = await stream('minio-current', { clock })
  await configure(running)
  await running.hec.fail({ mode: 'status', code: 9, count: 2 })
  running.weka.s3Request()
  const delivered = async (): Promise<number> => {
    await clock.advance(1_000)
    return running.total('delivered')
  }
  await expect.poll(delivered, poll).toBe(1)
  expect(running.hec.requests().byCode).toEqual({ '0': 1, '9': 2 })
  expect(running.total('failed')).toBe(0)
})

it('in batches sends several events with one post', async () => {
  const running = await stream('batch')
  await configure(running)
  for (let calls = 0; calls < 40; calls++) running.weka.s3Request()
  await expect.poll(() => running.total('delivered'), poll).toBe(40)
  // The first of each server goes alone.
  expect(running.hec.requests().total).toBeLessThan(12)
  expect(running.hec.acceptedTotal()).toBe(42)
})
