import { afterAll, beforeAll, expect, test } from 'vitest'

import { findFreePorts } from '../../control-plane/free-ports.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startEventReceiver, type EventReceiver } from '../../support/event-receiver.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { createProviderUnderTest } from '../minio/provider-under-test.ts'
import { startOperatorUnderTest } from './operator-under-test.ts'
import { createWorld, type World } from './world.ts'

/** Servers give the same figures for ten seconds of this machine's time. */
const patienceMilliseconds = 60_000

const stack = new AsyncDisposableStack()
let minio: MinioServer
let receiver: EventReceiver
let world: World
let metricsUrl: string

beforeAll(async () => {
  const controlPlane = await sharedControlPlane()
  world = await createWorld(controlPlane)
  minio = stack.use(await startMinio({ nodes: 4 }))
  receiver = stack.use(await startEventReceiver())
  const [port] = await findFreePorts(1)
  metricsUrl = `http://127.0.0.1:${port}/metrics`
  stack.use(
    startOperatorUnderTest({
      kubeconfigPath: controlPlane.kubeconfigPath,
      clock: createFastClock(5),
      args: ['--namespace', world.namespace, '--listen', `127.0.0.1:${port}`],
    }),
  )
})
afterAll(() => stack.disposeAsync())

/** What the operator's metrics say waits at each node. */
async function queues(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(metricsUrl)).text()
  const series = text.matchAll(/^s3audit_buffer_reported_events\{(.*)\} (\S+)$/gm)
  return new Map([...series].map(([, labels = '', value]) => [/node="([^"]*)"/.exec(labels)?.[1] ?? '', Number(value)]))
}

const hosts = (): readonly string[] => minio.endpoints.map((endpoint) => new URL(endpoint).host).sort()

async function restartAll(): Promise<void> {
  for (const node of minio.endpoints.keys()) await minio.restart(node)
}

async function expectOn(nodes: readonly string[], target: string, endpoint: string): Promise<void> {
  for (const node of nodes) {
    await using provider = createProviderUnderTest({ ...minio, endpoints: [node] })
    expect(await provider.read(target), node).toMatchObject({ endpoint, enabled: true })
  }
}

test('four nodes are set, read back and measured one by one, and one of them may be killed and come back', async () => {
  const webhook = (path: string): object =>
    world.s3auditwebhook('audit', {
      clusterRef: { name: 'minio' },
      endpoint: `${receiver.url}/${path}`,
      targetType: 'HTTP',
      probe: { mode: 'Disabled', periodSeconds: 10 },
    })
  await world.apply(
    world.secret('minio', { accessKey: minio.accessKey, secretKey: minio.secretKey }),
    world.s3cluster('minio', {
      type: 'MinIO',
      endpoints: minio.endpoints,
      credentialsSecretRef: { name: 'minio' },
      driftCheckSeconds: 60,
    }),
    webhook('first'),
  )
  await world.until('audit', 'Synced', { status: 'True' })
  // The server that took the change sends; the others lose their senders to it, which nothing but a restart mends.
  const others = hosts().filter((name) => name !== new URL(minio.endpoint).host)
  const says = ['mc admin service restart', ...others]
  await world.until('audit', 'Delivering', { status: 'False', reason: 'ClusterReportsOffline', says })
  await restartAll()
  await world.until('audit', 'Ready', { status: 'True' }, patienceMilliseconds)
  await world.until('audit', 'Delivering', { status: 'True', reason: 'ClusterDelivers' }, patienceMilliseconds)
  const target = (await world.webhook('audit')).status?.applied?.targetName ?? ''
  await expectOn(minio.endpoints, target, `${receiver.url}/first`)

  // The target goes away, and every node has a queue of its own, the last one the longest.
  await receiver.stop()
  for (const [index, endpoint] of minio.endpoints.entries()) {
    for (let count = 0; count < (index === 3 ? 60 : 10); count++) await (await fetch(`${endpoint}/bucket/x`)).text()
  }
  const filled = await eventually(
    'a queue at every node',
    async () => {
      const waiting = await queues()
      return waiting.size === 4 && [...waiting.values()].every((events) => events >= 9) ? waiting : undefined
    },
    patienceMilliseconds,
  )
  expect([...filled.keys()].sort()).toEqual(hosts())
  const busiest = new URL(minio.endpoints[3] ?? '').host
  expect([...filled].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0]).toBe(busiest)
  await world.until('audit', 'Delivering', { status: 'False', reason: 'ClusterReportsOffline' }, patienceMilliseconds)

  // A change goes through while a node is dead, and that node has it when it is back.
  await minio.stop(0, 'SIGKILL')
  await world.apply(webhook('second'))
  await eventually('the change in force', async () =>
    (await world.webhook('audit')).status?.applied?.endpoint === `${receiver.url}/second` ? true : undefined,
  )
  await world.until('audit', 'Synced', { status: 'True' })
  const away = new URL(minio.endpoint).host
  await eventually(
    'metrics without the node',
    async () => ((await queues()).has(away) ? undefined : true),
    patienceMilliseconds,
  )
  await minio.start(0)
  await expectOn(minio.endpoints.slice(0, 1), target, `${receiver.url}/second`)

  await receiver.start()
  await restartAll()
  // Not before: a server that misses the news of a change, as it can while another one goes, keeps the old setting until then.
  await expectOn(minio.endpoints, target, `${receiver.url}/second`)
  for (const endpoint of minio.endpoints) await (await fetch(`${endpoint}/bucket/x`)).text()
  await eventually(
    'four empty queues',
    async () => {
      const waiting = await queues()
      if (waiting.size === 4 && [...waiting.values()].every((events) => events === 0)) return true
      throw new Error(`waiting: ${JSON.stringify([...waiting])}`)
    },
    patienceMilliseconds,
  )
  await world.until('audit', 'Delivering', { status: 'True', reason: 'ClusterDelivers' }, patienceMilliseconds)
  await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=60s')
}, 300_000)
