import { afterAll, beforeAll, test } from 'vitest'

import {
  createDeliveryMonitor,
  type DeliveryMonitor,
} from '../../../src/controllers/s3auditwebhook/delivery-monitor.ts'
import { systemClock } from '../../../src/kube/clock.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { startEventReceiver, type EventReceiver } from '../../support/event-receiver.ts'
import { eventually } from '../../support/eventually.ts'
import { createProviderUnderTest, type ProviderUnderTest } from './provider-under-test.ts'

// Nobody uses the cluster here: all that it sends is made by the calls of the operator.

const stack = new AsyncDisposableStack()
let minio: MinioServer
let under: ProviderUnderTest

beforeAll(async () => {
  minio = stack.use(await startMinio())
  under = stack.use(createProviderUnderTest(minio))
})
afterAll(() => stack.disposeAsync())

/** Regular looks never come: what is found is found by proof. */
const periodMilliseconds = 3_600_000
/** A proof takes about five seconds on an idle machine. */
const patienceMilliseconds = 20_000

/** What each target does, and what the cluster must be found to do. */
const misdeeds: readonly { readonly name: string; readonly begin: (receiver: EventReceiver) => unknown }[] = [
  { name: 'answers-400', begin: (receiver) => receiver.answerWith(400) },
  { name: 'answers-401', begin: (receiver) => receiver.answerWith(401) },
  { name: 'answers-403', begin: (receiver) => receiver.answerWith(403) },
  { name: 'answers-500', begin: (receiver) => receiver.answerWith(500) },
  { name: 'hangs', begin: (receiver) => receiver.hang() },
  { name: 'is-away', begin: (receiver) => receiver.stop() },
]

function createMonitor(): DeliveryMonitor {
  return createDeliveryMonitor({
    clock: systemClock,
    random: Math.random,
    logger: createLogger({ level: 'error' }),
    observer: { reported: () => undefined },
    onChange: () => undefined,
  })
}

function watch(monitor: DeliveryMonitor, name: string): void {
  monitor.watch(name, { provider: under.provider, webhook: { targetName: name }, periodMilliseconds })
}

/** Waits until the judgement of each webhook is as wanted. */
async function judged(
  monitor: DeliveryMonitor,
  names: readonly string[],
  want: (reason: string) => boolean,
): Promise<void> {
  await eventually(
    'the judgement of all',
    () => {
      const reasons = names.map((name) => monitor.snapshot(name)?.judgement?.reason ?? 'none')
      if (reasons.every(want)) return true
      throw new Error(JSON.stringify(Object.fromEntries(names.map((name, index) => [name, reasons[index]]))))
    },
    patienceMilliseconds,
  )
}

const delivers = (reason: string): boolean => reason === 'ClusterDelivers'
const fails = (reason: string): boolean => reason === 'ClusterReportsOffline' || reason === 'SendsFailing'

test('after an apply the cluster itself shows whether a target takes events, without user traffic', async () => {
  await using own = new AsyncDisposableStack()
  const good = own.use(await startEventReceiver())
  await under.apply('s3audit-good', { endpoint: good.url })
  const bad: string[] = []
  for (const { name, begin } of misdeeds) {
    const receiver = own.use(await startEventReceiver())
    await begin(receiver)
    bad.push(`s3audit-${name}`)
    await under.apply(`s3audit-${name}`, { endpoint: receiver.url, settings: { http_timeout: '1s' } })
  }
  const monitor = own.use(createMonitor())
  for (const name of [...bad, 's3audit-good']) watch(monitor, name)
  await Promise.all([judged(monitor, bad, fails), judged(monitor, ['s3audit-good'], delivers)])
  for (const name of [...bad, 's3audit-good']) await under.remove(name)
}, 120_000)

test('a target that turns bad later is found out by the next read-back, and forgiven by the one after it took events', async () => {
  await using own = new AsyncDisposableStack()
  const targets: { readonly name: string; readonly receiver: EventReceiver }[] = []
  for (const { name } of misdeeds) {
    const receiver = own.use(await startEventReceiver())
    targets.push({ name: `s3audit-late-${name}`, receiver })
    await under.apply(`s3audit-late-${name}`, { endpoint: receiver.url, settings: { http_timeout: '1s' } })
  }
  const names = targets.map(({ name }) => name)
  const monitor = own.use(createMonitor())
  for (const name of names) watch(monitor, name)
  await judged(monitor, names, delivers)
  const readBack = async (): Promise<void> => {
    await under.read(names[0] ?? '')
    for (const name of names) monitor.prove(name)
  }

  for (const [index, { begin }] of misdeeds.entries()) if (targets[index]) await begin(targets[index].receiver)
  await readBack()
  await judged(monitor, names, fails)

  for (const { receiver } of targets) {
    await receiver.start()
    receiver.answerWith(200)
  }
  await readBack()
  await judged(monitor, names, delivers)
  for (const name of names) await under.remove(name)
}, 180_000)
