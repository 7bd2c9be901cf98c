import { expect, onTestFinished } from 'vitest'

import { createLeaderElector, type LeaderElector, type LeaderElectorOptions } from '../../src/kube/leader-election.ts'
import type { Leadership } from '../../src/kube/leadership.ts'
import type { LeaseSpec } from '../../src/kube/lease.ts'
import type { Logger } from '../../src/kube/logger.ts'
import type { RestClient } from '../../src/kube/rest-client.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { type LeaseServer, startLeaseServer } from './lease-server.ts'
import { noMetrics } from './no-metrics.ts'
import { openClient } from './open-client.ts'

/** The record of somebody else. */
export const theirs = (renewTime: string = '2026-01-01T00:00:00.000000Z'): LeaseSpec => ({
  holderIdentity: 'other',
  leaseDurationSeconds: 15,
  leaseTransitions: 3,
  acquireTime: '2025-01-01T00:00:00.000000Z',
  renewTime,
})

/** An elector with a clock of its own, and what came of it. */
export interface Candidate {
  readonly elector: LeaderElector
  readonly clock: FakeClock
  readonly logged: string[]
  /** What `leading` was told. */
  readonly told: boolean[]
  readonly stop: AbortController
  /** The leadership, once there is one. */
  readonly leadership: () => Leadership | undefined
  /** What `acquire` threw. */
  readonly failure: () => unknown
  /** Moves time on, letting every request end before the next tenth of a second passes. */
  readonly pass: (milliseconds: number) => Promise<void>
  /** Waits for I/O without moving time. */
  readonly until: (condition: () => boolean) => Promise<void>
  /** A stop of the whole process: time goes on and no timer fires before the first line that runs. */
  readonly pause: (milliseconds: number) => void
}

/** A server that ends with the test. */
export async function openLeaseServer(options?: { watches: boolean }): Promise<LeaseServer> {
  const server = await startLeaseServer(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

/** Begins to ask for the lease; ends with the test. */
export function campaign(
  { server }: LeaseServer,
  { identity = 'me', ...options }: Partial<LeaderElectorOptions> = {},
): Candidate {
  const fake = createFakeClock(Date.UTC(2026, 5, 1))
  let paused = 0
  const clock: FakeClock = { ...fake, monotonic: () => fake.monotonic() + paused }
  let open = 0
  // Exchanges take real time, so their time-outs are in real time.
  const real = openClient(server.kubeConfig())
  const client: RestClient = {
    ...real,
    async request(request) {
      open++
      try {
        return await real.request(request)
      } finally {
        open--
      }
    },
  }
  const logged: string[] = []
  const write = (level: string) => (fields: object, message: string) =>
    void logged.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const logger: Logger = {
    debug: () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  }
  const told: boolean[] = []
  const elector = createLeaderElector({
    client,
    lease: { namespace: 'ops', name: 'operator' },
    identity,
    clock,
    random: () => 0,
    logger,
    metrics: { ...noMetrics, leading: (_name, leads) => told.push(leads) },
    ...options,
  })
  const stop = new AbortController()
  let leadership: Leadership | undefined
  let failure: unknown
  void elector
    .acquire(stop.signal)
    .then((acquired) => (leadership = acquired))
    .catch((error: unknown) => (failure = error))
  onTestFinished(async () => {
    stop.abort(new Error('The test is over'))
    await leadership?.[Symbol.asyncDispose]()
  })
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
  async function idle(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet = open === 0 ? quiet + 1 : 0) await turn()
  }
  return {
    elector,
    clock,
    logged,
    told,
    stop,
    leadership: () => leadership,
    failure: () => failure,
    async pass(milliseconds) {
      await idle()
      for (let passed = 0; passed < milliseconds; passed += 100) {
        await fake.advance(100)
        await idle()
      }
    },
    async until(condition) {
      const end = performance.now() + 10_000
      while (!condition()) {
        if (performance.now() > end) expect.fail('It did not come about in 10 s')
        await turn()
      }
    },
    pause(milliseconds) {
      paused += milliseconds
    },
  }
}
