import { describe, expect, onTestFinished, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { noMetrics } from '../../test/support/no-metrics.ts'
import { createController, type Reconcile } from './controller.ts'
import type { Logger } from './logger.ts'
import { ReconcileTimeoutError } from './reconcile-timeout-error.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'
import { sleep } from './sleep.ts'
import { TerminalError } from './terminal-error.ts'
import { createWorkQueue, type WorkQueue } from './work-queue.ts'

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

interface Running {
  readonly clock: FakeClock
  readonly queue: WorkQueue
  readonly told: unknown[][]
  readonly stop: AbortController
  readonly abort: AbortController
  readonly stopped: Promise<void>
}

function run(
  makeReconcile: (clock: FakeClock) => Reconcile,
  { concurrency = 2, logger = silent }: { concurrency?: number; logger?: Logger } = {},
): Running {
  const clock = createFakeClock()
  const told: unknown[][] = []
  const metrics: RuntimeMetrics = {
    ...noMetrics,
    controllerStarted: (...args) => told.push(['started', ...args]),
    reconciled: (...args) => told.push(['reconciled', ...args]),
    reconcileTerminalError: (...args) => told.push(['terminal', ...args]),
    reconcilePanic: (...args) => told.push(['panic', ...args]),
    reconcileTimeout: (...args) => told.push(['timeout', ...args]),
  }
  const queue = createWorkQueue({ name: 'test', clock, metrics: noMetrics })
  const stop = new AbortController()
  let id = 0
  const controller = createController({
    name: 'test',
    queue,
    reconcile: makeReconcile(clock),
    concurrency,
    reconcileTimeoutMilliseconds: 60_000,
    clock,
    logger,
    metrics,
    newId: () => `id-${++id}`,
  })
  const abort = new AbortController()
  const stopped = controller.run(stop.signal, abort.signal)
  onTestFinished(() => stop.abort())
  return { clock, queue, told, stop, abort, stopped }
}

describe('a pass', () => {
  test('is told the object and an id, and success ends its back-off', async () => {
    const passes: unknown[] = []
    const { clock, queue, told } = run(() => (name, context) => {
      passes.push({ ...name, id: context.reconcileId })
      return Promise.resolve({})
    })
    queue.addRateLimited('team-a/audit')
    await clock.advance(5)
    expect(passes).toEqual([{ namespace: 'team-a', name: 'audit', id: 'id-1' }])
    expect(queue.failures('team-a/audit')).toBe(0)
    expect(told).toEqual([
      ['started', 'test', { maximumWorkers: 2 }],
      ['reconciled', 'test', 'success', 0],
    ])
  })

  test('is repeated after the time it asks for, not before', async () => {
    let passes = 0
    const { clock, queue, told } = run(() => () => {
      passes++
      return Promise.resolve(passes === 1 ? { requeueAfterMilliseconds: 30_000 } : {})
    })
    queue.add('a/b')
    await clock.advance(29_999)
    expect(passes).toBe(1)
    await clock.advance(1)
    expect(passes).toBe(2)
    expect(told.map(([, , outcome]) => outcome).slice(1)).toEqual(['requeue_after', 'success'])
  })

  test('that fails is repeated with growing delays until it succeeds', async () => {
    const times: number[] = []
    const { clock, queue, told } = run((clock) => () => {
      times.push(clock.monotonic())
      return times.length < 4 ? Promise.reject(new Error('not yet')) : Promise.resolve({})
    })
    queue.add('a/b')
    await clock.advance(1000)
    expect(times).toEqual([0, 5, 15, 35])
    expect(told.map(([, , outcome]) => outcome).slice(1)).toEqual(['error', 'error', 'error', 'success'])
    expect(queue.failures('a/b')).toBe(0)
  })

  test('that fails keeps its priority', async () => {
    const order: string[] = []
    const { clock, queue } = run(
      (clock) =>
        async (name, { signal }) => {
          order.push(name.name)
          if (order.length === 1) throw new Error('first')
          await sleep(clock, 10, signal)
          return {}
        },
      { concurrency: 1 },
    )
    queue.add('a/low', { priority: -100 })
    await clock.advance(0)
    queue.add('a/normal-1')
    await clock.advance(0)
    queue.add('a/normal-2')
    await clock.advance(1000)
    expect(order).toEqual(['low', 'normal-1', 'normal-2', 'low'])
  })

  test.each([
    { name: 'a terminal error', thrown: new TerminalError('bad spec'), want: [['terminal', 'test']], passes: 1 },
    { name: 'something that is no Error', thrown: 'text', want: [['panic', 'test']], passes: 2 },
    { name: 'an error thrown before the first await', thrown: new TypeError('bug'), want: [], passes: 2 },
  ])('that throws $name is counted, and repeated or not', async ({ thrown, want, passes }) => {
    let count = 0
    const { clock, queue, told } = run(() => () => {
      count++
      throw thrown
    })
    queue.add('a/b')
    await clock.advance(5)
    expect(count).toBe(passes)
    const single = told.slice(1, 1 + want.length + 1)
    expect(single).toEqual([...want, ['reconciled', 'test', 'error', 0]])
  })

  test('that takes too long is aborted with a reason of its own, counted and repeated', async () => {
    const reasons: unknown[] = []
    const { clock, queue, told } = run((clock) => async (_name, { signal }) => {
      await sleep(clock, 1_000_000, signal).catch((error: unknown) => {
        reasons.push(error)
        throw error
      })
      return {}
    })
    queue.add('a/b')
    await clock.advance(60_000)
    expect(reasons).toHaveLength(1)
    expect(reasons[0]).toBeInstanceOf(ReconcileTimeoutError)
    expect(told.slice(1)).toEqual([
      ['timeout', 'test'],
      ['reconciled', 'test', 'error', 60],
    ])
    expect(queue.failures('a/b')).toBe(1)
  })

  test('logs its error once, with object and id', async () => {
    const lines: object[] = []
    const recording = (bindings: object): Logger => ({
      ...silent,
      error: (fields, message) => lines.push({ ...bindings, ...fields, message }),
      child: (fields) => recording({ ...bindings, ...fields }),
    })
    const error = new Error('no route')
    const { clock, queue } = run(() => () => Promise.reject(error), { logger: recording({}) })
    queue.add('team-a/audit')
    await clock.advance(0)
    expect(lines).toEqual([
      {
        controller: 'test',
        namespace: 'team-a',
        name: 'audit',
        reconcileId: 'id-1',
        err: error,
        failures: 1,
        message: 'Pass failed, it is repeated',
      },
    ])
  })
})

describe('workers', () => {
  test('run as many passes at a time as allowed, never two over one object', async () => {
    const active = new Map<string, number>()
    let most = 0
    const { clock, queue } = run(
      (clock) =>
        async (name, { signal }) => {
          expect(active.get(name.name) ?? 0).toBe(0)
          active.set(name.name, 1)
          most = Math.max(
            most,
            [...active.values()].reduce((sum, count) => sum + count, 0),
          )
          await sleep(clock, 100, signal)
          active.set(name.name, 0)
          return {}
        },
      { concurrency: 3 },
    )
    for (let round = 0; round < 4; round++) {
      for (let object = 0; object < 5; object++) queue.add(`a/${object}`)
      await clock.advance(50)
    }
    expect(most).toBe(3)
  })
})

describe('the stop', () => {
  test('takes no more work and waits for the passes in work', async () => {
    const done: string[] = []
    const { clock, queue, stop, stopped } = run(
      (clock) =>
        async (name, { signal }) => {
          await sleep(clock, 5000, signal)
          done.push(name.name)
          return {}
        },
      { concurrency: 1 },
    )
    queue.add('a/in-work')
    queue.add('a/waiting')
    await clock.advance(1000)
    stop.abort()
    await clock.advance(4000)
    await stopped
    expect(done).toEqual(['in-work'])
    expect(clock.pending()).toBe(0)
  })

  test('aborts passes after the grace and counts them as nothing', async () => {
    const { clock, queue, told, stop, stopped } = run((clock) => async (_name, { signal }) => {
      await sleep(clock, 50_000, signal)
      return {}
    })
    queue.add('a/b')
    await clock.advance(1000)
    stop.abort()
    await clock.advance(20_000)
    await stopped
    expect(told.slice(1)).toEqual([])
    expect(queue.failures('a/b')).toBe(0)
    expect(clock.pending()).toBe(0)
  })

  test('does not wait for ever for a pass that ignores its signal', async () => {
    const { clock, queue, stop, stopped } = run(() => () => new Promise(() => undefined))
    queue.add('a/b')
    await clock.advance(0)
    stop.abort()
    await clock.advance(22_000)
    await stopped
  })

  test.each([
    { name: 'from its work', stopFirst: false },
    { name: 'while it waits for passes after a stop', stopFirst: true },
  ])('knows no grace when it is aborted $name: passes end at once with that reason', async ({ stopFirst }) => {
    const reasons: unknown[] = []
    const { clock, queue, told, stop, abort, stopped } = run((clock) => async (_name, { signal }) => {
      await sleep(clock, 5000, signal).catch((error: unknown) => {
        reasons.push(error)
        throw error
      })
      return {}
    })
    queue.add('a/b')
    await clock.advance(1000)
    if (stopFirst) stop.abort()
    await clock.advance(1000)
    const reason = new Error('Leadership is lost')
    abort.abort(reason)
    await stopped
    queue.add('a/c')
    await clock.advance(1000)
    expect(reasons).toEqual([reason])
    expect(told.slice(1)).toEqual([])
    expect(queue.depth()).toBe(1)
  })
})
