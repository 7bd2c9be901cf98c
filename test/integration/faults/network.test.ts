import { describe, expect, test } from 'vitest'

import { type ApiUnreachableCode, ApiUnreachableError } from '../../../src/kube/api-error.ts'
import type { WatchEnd } from '../../../src/kube/runtime-metrics.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { eventually } from '../../support/eventually.ts'
import { createPacedClock } from '../../support/paced-clock.ts'
import { churn, seeded } from '../runtime/churn.ts'
import { loadKubeConfig, makeNamespace } from '../runtime/setup.ts'
import type { NetworkFault } from './fault-names.ts'
import { type ProxyFault, startFaultProxy } from './fault-proxy.ts'
import { connectDirectly, type Follower, portOf, startFollower, throughPort } from './follower.ts'

interface Case {
  readonly fault: ProxyFault
  /** How long it lasts, by the clock of the informer. */
  readonly seconds: number
  /** What is to time out; all else has the time of the machine. */
  readonly passesTime?: true
  readonly want: {
    /** Most exchanges that one informer may try while it lasts. */
    readonly exchanges: number
    /** What becomes of a read while it lasts, over a connection that was there before. */
    readonly read: readonly (ApiUnreachableCode | 'answered')[]
    /** Whether who starts while it lasts gets a list. */
    readonly starts: boolean
    /** How watches end. */
    readonly ends: readonly WatchEnd[]
  }
}

const random = seeded(7)

/**
 * Where nothing ever comes, the delays double from 0.8 s to 30 s: nine watches in two minutes, fifteen in five. A watch whose connection
 * breaks before its headers is tried twice.
 */
const cases: Readonly<Record<NetworkFault, Case>> = {
  reset: {
    fault: { kind: 'reset', afterBytes: () => 1 + Math.floor(random() * 20_000) },
    seconds: 120,
    // A watch that brought something is followed by the next one after 0.8 s.
    want: {
      exchanges: 2 * (120 / 0.8),
      read: ['answered', 'Interrupted', 'ConnectFailed'],
      starts: false,
      ends: ['failed'],
    },
  },
  cut: {
    fault: { kind: 'cut' },
    seconds: 120,
    want: { exchanges: 18, read: ['Interrupted'], starts: false, ends: ['failed'] },
  },
  stall: {
    fault: { kind: 'stall' },
    seconds: 300,
    passesTime: true,
    // One every 30 s at most, which is its time-out.
    want: { exchanges: 10, read: ['Timeout'], starts: false, ends: ['silent', 'failed'] },
  },
  'half-open': {
    fault: { kind: 'half-open' },
    seconds: 300,
    passesTime: true,
    want: { exchanges: 2, read: ['Timeout'], starts: true, ends: ['silent'] },
  },
  slow: {
    fault: { kind: 'slow', bytesPerSecond: 20_000 },
    seconds: 60,
    want: { exchanges: 2, read: ['answered'], starts: true, ends: [] },
  },
  refused: {
    fault: { kind: 'refuse' },
    seconds: 300,
    want: { exchanges: 15, read: ['ConnectFailed'], starts: false, ends: ['failed'] },
  },
}

const pace = 40
/** The longest delay with its jitter, and a time-out. */
const recoveryMilliseconds = 90_000

describe.concurrent.each([
  { protocol: 'HTTP/2', allowHttp2: true },
  { protocol: 'HTTP/1.1', allowHttp2: false },
])('over $protocol caches catch up, with few requests and without leaks, after connections were', ({ allowHttp2 }) => {
  test.for(Object.entries(cases))('%s', { timeout: 120_000 }, async ([, { fault, seconds, passesTime, want }]) => {
    const kubeConfig = loadKubeConfig((await sharedControlPlane()).kubeconfigPath)
    await using stack = new AsyncDisposableStack()
    const direct = stack.use(connectDirectly(kubeConfig))
    const namespace = await makeNamespace(direct)
    await churn(direct, namespace, 100, seeded(1))
    const proxy = stack.use(await startFaultProxy(portOf(kubeConfig)))
    const [clock, clientClock] = [createPacedClock(), createPacedClock()]
    const start = (): Follower =>
      stack.use(
        startFollower({
          kubeConfig: throughPort(kubeConfig, proxy.port),
          allowHttp2,
          namespace,
          clock,
          clientClock,
          // It has timed out as it should. What it does next is to work, in the time that it takes.
          onWatchEnd: (end) => end === 'silent' && want.starts && clientClock.pace(1),
        }),
      )
    const follower = start()
    const read = (): Promise<unknown> =>
      follower.client.request({ method: 'GET', path: '/api', signal: AbortSignal.timeout(30_000) })
    await read()
    await follower.informer.waitForSync(AbortSignal.timeout(30_000))

    const before = { exchanges: follower.exchanges(), connections: proxy.accepted() }
    await proxy.fail(fault)
    const late = start()
    if (want.starts) await late.informer.waitForSync(AbortSignal.timeout(30_000))
    clock.pace(pace)
    if (passesTime === true) clientClock.pace(pace)
    const [outcome] = await Promise.all([
      read().then(
        () => 'answered',
        (error: unknown) => (error instanceof ApiUnreachableError ? error.code : error),
      ),
      churn(direct, namespace, 100, seeded(2)),
      new Promise<void>((resolve) => void clock.timer(seconds * 1000, resolve)),
    ])
    expect(want.read).toContain(outcome)
    expect(late.informer.hasSynced()).toBe(want.starts)
    // The follower has a read and its repetition besides.
    expect(follower.exchanges() - before.exchanges).toBeLessThanOrEqual(want.exchanges + 2)
    expect(late.exchanges()).toBeLessThanOrEqual(want.exchanges)
    expect(proxy.accepted() - before.connections).toBeLessThanOrEqual(2 * want.exchanges + 2)

    clock.pace(8)
    clientClock.pace(1)
    await proxy.heal()
    for (const each of [follower, late]) await each.converges(direct, recoveryMilliseconds)
    clock.pace(1)
    await churn(direct, namespace, 30, seeded(3))
    for (const each of [follower, late]) await each.converges(direct, 10_000)
    expect([...new Set(follower.ends)]).toEqual(want.ends)

    // Two pools each, for requests and for watches, with one connection.
    await eventually('connections that failed are closed', () => proxy.open() <= 4 || undefined)
    for (const each of [follower, late]) await each[Symbol.asyncDispose]()
    await eventually('all connections are closed', () => proxy.open() === 0 || undefined)
    expect([clock.pending(), clientClock.pending()]).toEqual([0, 0])
  })
})
