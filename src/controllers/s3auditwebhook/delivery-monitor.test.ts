import { expect, onTestFinished, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../../test/support/fake-clock.ts'
import { createLogger } from '../../observability/logger.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { AuditWebhookProvider, DeliveryOptions, NodeDelivery } from '../../providers/provider.ts'
import { createDeliveryMonitor, type DeliveryMonitor } from './delivery-monitor.ts'

/** A cluster of one node that tells what the test wants. */
interface Cluster {
  readonly provider: AuditWebhookProvider
  /** The kinds of looks so far, in order. */
  readonly looks: ('Regular' | 'Fresh' | 'Provoking')[]
  node: NodeDelivery
  failure: ProviderError | undefined
}

interface Bench {
  readonly clock: FakeClock
  readonly cluster: Cluster
  readonly monitor: DeliveryMonitor
  readonly news: string[]
}

const periodMilliseconds = 30_000
const unused = (): Promise<never> => Promise.reject(new Error('The monitor only asks how delivery goes'))

function openBench(): Bench {
  const clock = createFakeClock()
  const cluster: Cluster = {
    looks: [],
    node: { node: 'n1', online: true, queuedEvents: 0, capacityEvents: 1000, failedAttempts: 0, handledMessages: 10 },
    failure: undefined,
    provider: {
      identify: unused,
      read: unused,
      apply: unused,
      remove: unused,
      delivery(_webhook, { fresh = false, provoke = false }: DeliveryOptions) {
        cluster.looks.push(provoke ? 'Provoking' : fresh ? 'Fresh' : 'Regular')
        return cluster.failure === undefined
          ? Promise.resolve({ nodes: [cluster.node] })
          : Promise.reject(cluster.failure)
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  }
  const news: string[] = []
  const monitor = createDeliveryMonitor({
    clock,
    random: () => 0.5,
    logger: createLogger({ level: 'error' }),
    observer: { reported: () => undefined },
    onChange: (key) => void news.push(key),
  })
  onTestFinished(() => monitor[Symbol.asyncDispose]())
  return { clock, cluster, monitor, news }
}

function send(cluster: Cluster, events = 1): void {
  cluster.node = { ...cluster.node, handledMessages: cluster.node.handledMessages + 2 * events }
}

function fail(cluster: Cluster, attempts = 1): void {
  cluster.node = { ...cluster.node, failedAttempts: cluster.node.failedAttempts + attempts }
}

/** Watched, and proved to deliver. */
async function openDelivering(): Promise<Bench> {
  const bench = openBench()
  const { clock, cluster, monitor } = bench
  monitor.watch('w', { provider: cluster.provider, webhook: { targetName: 't' }, periodMilliseconds })
  await clock.advance(1_500)
  send(cluster)
  await clock.advance(3_000)
  expect(monitor.snapshot('w')?.judgement?.reason).toBe('ClusterDelivers')
  expect(cluster.looks.splice(0)).toEqual(['Provoking', 'Provoking'])
  return bench
}

test('a new webhook is proved within seconds, and then looked at once a period', async () => {
  const { clock, cluster } = await openDelivering()
  await clock.advance(3 * periodMilliseconds)
  expect(cluster.looks).toEqual(['Regular', 'Regular', 'Regular'])
})

test('a read-back starts a proof, which finds failures without waiting for a period', async () => {
  const { clock, cluster, monitor, news } = await openDelivering()
  news.length = 0
  monitor.prove('w')
  fail(cluster)
  await clock.advance(1_500)
  expect(monitor.snapshot('w')?.judgement?.reason).toBe('ClusterDelivers')
  fail(cluster)
  await clock.advance(3_000)
  expect(monitor.snapshot('w')?.judgement?.reason).toBe('SendsFailing')
  expect(news).toContain('w')
})

test('a first failure in a regular look is looked into at once', async () => {
  const { clock, cluster, monitor } = await openDelivering()
  fail(cluster)
  await clock.advance(periodMilliseconds)
  fail(cluster)
  await clock.advance(1_500)
  expect(cluster.looks).toEqual(['Regular', 'Provoking'])
  expect(monitor.snapshot('w')?.judgement?.reason).toBe('SendsFailing')
})

test('quick looks do not pass for a trend of the queue', async () => {
  const { clock, cluster, monitor } = await openDelivering()
  // Until there is a regular look, a quick one tells the level.
  expect(monitor.snapshot('w')?.samples).toHaveLength(1)
  await clock.advance(2 * periodMilliseconds)
  const before = monitor.snapshot('w')?.samples
  expect(before).toHaveLength(2)
  monitor.prove('w')
  cluster.node = { ...cluster.node, queuedEvents: 300 }
  await clock.advance(1_500)
  cluster.node = { ...cluster.node, queuedEvents: 600 }
  await clock.advance(3_000)
  expect(monitor.snapshot('w')?.samples).toBe(before)
  expect(monitor.snapshot('w')?.latest?.nodes).toEqual([cluster.node])
  expect(monitor.snapshot('w')?.judgement?.reason).toBe('ClusterDelivers')
})

test('a changed webhook is judged by nothing that was seen before', async () => {
  const { clock, cluster, monitor } = await openDelivering()
  monitor.restart('w')
  expect(monitor.snapshot('w')).toBeUndefined()
  cluster.node = { ...cluster.node, online: false, failedAttempts: 1, handledMessages: 2 }
  await clock.advance(1_500)
  expect(monitor.snapshot('w')?.judgement?.reason).toBe('ClusterReportsOffline')
})

test('a cluster that does not answer keeps its last judgement beside the failure, and is asked on at the usual pace', async () => {
  const { clock, cluster, monitor } = await openDelivering()
  cluster.failure = new ProviderError('ClusterUnreachable', 'away')
  await clock.advance(2 * periodMilliseconds)
  expect(cluster.looks).toEqual(['Regular', 'Regular'])
  expect(monitor.snapshot('w')).toMatchObject({
    unanswered: cluster.failure,
    judgement: { reason: 'ClusterDelivers' },
  })
})

test('what is no longer watched is not asked, and leaves no timer behind', async () => {
  const { clock, cluster, monitor } = await openDelivering()
  monitor.unwatch('w')
  await clock.advance(10 * periodMilliseconds)
  expect(cluster.looks).toEqual([])
  expect(clock.pending()).toBe(0)
})
