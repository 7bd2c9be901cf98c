import { expect, onTestFinished, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { noMetrics } from '../../test/support/no-metrics.ts'
import { createController, type ReconcileResult } from '../kube/controller.ts'
import type { Logger } from '../kube/logger.ts'
import { sleep } from '../kube/sleep.ts'
import { createWorkQueue, type WorkQueue } from '../kube/work-queue.ts'
import { limitPasses } from './limit-passes.ts'

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
  /** Names in the order in which work on them began. */
  readonly began: string[]
  /** Names of objects that no longer exist. */
  readonly deleted: Set<string>
}

/** A controller of four workers. The namespace is the group, two passes at a time; a pass in `slow` takes a minute, others a second. */
function run(): Running {
  const clock = createFakeClock()
  const queue = createWorkQueue({ name: 'test', clock, metrics: noMetrics })
  const began: string[] = []
  const deleted = new Set<string>()
  const reconcile = limitPasses(
    async ({ namespace, name }, { signal }) => {
      began.push(name)
      await sleep(clock, namespace === 'slow' ? 60_000 : 1000, signal)
      if (name === 'bad') throw new Error('It fails')
      return {}
    },
    {
      limit: 2,
      groupOf: (key) => (deleted.has(key) ? undefined : key.split('/')[0]),
      enqueue: (key) => queue.add(key),
    },
  )
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const controller = createController({
    name: 'test',
    queue,
    reconcile,
    concurrency: 4,
    reconcileTimeoutMilliseconds: 120_000,
    clock,
    logger: silent,
    metrics: noMetrics,
    newId: () => 'id',
  })
  void controller.run(stop.signal)
  return { clock, queue, began, deleted }
}

test('a group that hangs leaves the other workers to the others', async () => {
  const { clock, queue, began } = run()
  for (let count = 1; count <= 50; count++) queue.add(`slow/slow-${count}`)
  for (const name of ['one', 'two', 'three', 'four']) queue.add(`quick/${name}`)
  await clock.advance(1500)
  expect(began).toEqual(['slow-1', 'slow-2', 'one', 'two', 'three', 'four'])
})

test('whoever waited is called in the order they came, and all come to their turn', async () => {
  const { clock, queue, began } = run()
  for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(`slow/${name}`)
  await clock.advance(59_000)
  // They come again, and somebody new with them.
  for (const name of ['e', 'd', 'f']) queue.add(`slow/${name}`)
  await clock.advance(241_000)
  expect(began).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})

test('a place that is kept for one who waited is not taken by one who comes before', async () => {
  const began: string[] = []
  const ends: (() => void)[] = []
  const called: string[] = []
  const reconcile = limitPasses(
    ({ name }) => {
      began.push(name)
      return new Promise((resolve) => ends.push(() => resolve({})))
    },
    { limit: 1, groupOf: () => 'group', enqueue: (key) => called.push(key) },
  )
  const context = { signal: new AbortController().signal, reconcileId: 'id', logger: silent }
  const pass = (name: string): Promise<ReconcileResult> => reconcile({ namespace: 'a', name }, context)
  const first = pass('first')
  await pass('waiting')
  ends[0]?.()
  await first
  expect(called).toEqual(['a/waiting'])
  await pass('newcomer')
  const second = pass('waiting')
  expect(began).toEqual(['first', 'waiting'])
  ends[1]?.()
  await second
  expect(called).toEqual(['a/waiting', 'a/newcomer'])
})

test('a pass that fails frees its place', async () => {
  const { clock, queue, began } = run()
  for (const name of ['bad', 'a', 'b']) queue.add(`quick/${name}`)
  await clock.advance(1500)
  expect(began).toContain('b')
})

test('an object that was deleted while it waited keeps no place', async () => {
  const { clock, queue, began, deleted } = run()
  for (const name of ['a', 'b', 'gone', 'gone-too', 'c', 'd']) queue.add(`slow/${name}`)
  await clock.advance(1000)
  for (const name of ['gone', 'gone-too']) deleted.add(`slow/${name}`)
  await clock.advance(60_000)
  expect(began).toEqual(['a', 'b', 'gone', 'gone-too', 'c', 'd'])
})
