import { afterAll, beforeAll, expect, test } from 'vitest'

import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { startEventReceiver, type EventReceiver } from '../../support/event-receiver.ts'
import { eventually } from '../../support/eventually.ts'
import { createProviderUnderTest, type ProviderUnderTest } from './provider-under-test.ts'

const stack = new AsyncDisposableStack()
let minio: MinioServer
let receiver: EventReceiver
let provider: ProviderUnderTest

beforeAll(async () => {
  receiver = stack.use(await startEventReceiver())
  minio = stack.use(await startMinio({ nodes: 4 }))
  provider = stack.use(createProviderUnderTest(minio))
})
afterAll(() => stack.disposeAsync())

const hosts = (): readonly string[] => minio.endpoints.map((endpoint) => new URL(endpoint).host).sort()

async function makeEvents(endpoint: string | undefined, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const response = await fetch(`${endpoint}/bucket/object-${index}`)
    await response.arrayBuffer()
  }
}

test('every node sends by the setting that one of them was given, and is told apart', async () => {
  const name = 's3audit-nodes'
  await provider.apply(name, { endpoint: receiver.url })
  await receiver.stop()
  // Every node gets events of its own, and the last one most.
  for (const [index, endpoint] of minio.endpoints.entries()) await makeEvents(endpoint, index === 3 ? 60 : 10)
  const nodes = await eventually('the queues of all nodes', async () => {
    const report = await provider.delivery(name)
    return report.nodes.length === 4 && report.nodes.every(({ queuedEvents }) => queuedEvents >= 8)
      ? report.nodes
      : undefined
  })
  expect(nodes.map(({ node }) => node)).toEqual(hosts())
  const busiest = new URL(minio.endpoints[3] ?? '').host
  for (const { node, queuedEvents } of nodes) {
    if (node === busiest) expect(queuedEvents).toBeGreaterThan(50)
    else expect(queuedEvents).toBeLessThan(40)
  }
  await receiver.start()
  await provider.remove(name)
})

test('a node that is away is passed over, by reads and writes, and is missing in the report', async () => {
  const name = 's3audit-away'
  await provider.apply(name, { endpoint: receiver.url })
  const identity = await provider.identify()
  await minio.stop(0, 'SIGKILL')
  expect(await provider.identify()).toEqual(identity)
  await provider.apply(name, { endpoint: `${receiver.url}/second` })
  expect(await provider.read(name)).toMatchObject({ endpoint: `${receiver.url}/second` })
  const away = new URL(minio.endpoint).host
  await eventually('a report without the node', async () => {
    const { nodes } = await provider.delivery(name)
    return nodes.length === 3 && nodes.every(({ node }) => node !== away) ? nodes : undefined
  })

  // It serves the setting that was made while it was away.
  await minio.start(0)
  const before = receiver.deliveries.length
  await makeEvents(minio.endpoint, 1)
  const delivery = await eventually('an event of the node', () =>
    receiver.deliveries.slice(before).find(({ body }) => body.includes(`"requestHost":"${away}"`)),
  )
  expect(delivery.path).toBe('/second')
  await provider.remove(name)
})
