import { describe, expect, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { noMetrics } from '../../test/support/no-metrics.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'
import { createWorkQueue, type WorkQueue } from './work-queue.ts'

const never = new AbortController().signal

function setUp(metrics: RuntimeMetrics = noMetrics): { queue: WorkQueue; clock: FakeClock } {
  const clock = createFakeClock()
  return { queue: createWorkQueue({ name: 'test', clock, metrics }), clock }
}

/** Takes everything that is ready now, giving each back. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = []
  while (queue.depth() > 0) {
    const item = await queue.get(never)
    if (item === undefined) break
    keys.push(item.key)
    queue.done(item.key)
  }
  return keys
}

describe('order', () => {
  test('a key added several times is handed out once', async () => {
    const { queue } = setUp()
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    expect(await drain(queue)).toEqual(['a', 'b'])
  })

  test('higher priorities come first, and first in first out within one', async () => {
    const { queue } = setUp()
    queue.add('low-1', { priority: -100 })
    queue.add('normal-1')
    queue.add('high', { priority: 10 })
    queue.add('low-2', { priority: -100 })
    queue.add('normal-2')
    expect(await drain(queue)).toEqual(['high', 'normal-1', 'normal-2', 'low-1', 'low-2'])
  })

  test('a second add raises the priority and never lowers it', async () => {
    const { queue } = setUp()
    queue.add('raised', { priority: -100 })
    queue.add('kept', { priority: 5 })
    queue.add('kept', { priority: -100 })
    queue.add('raised', { priority: 7 })
    expect([await queue.get(never), await queue.get(never)]).toEqual([
      { key: 'raised', priority: 7 },
      { key: 'kept', priority: 5 },
    ])
  })

  test('takers are served in the order they came', async () => {
    const { queue } = setUp()
    const first = queue.get(never)
    const second = queue.get(never)
    queue.add('a')
    queue.add('b')
    expect([(await first)?.key, (await second)?.key]).toEqual(['a', 'b'])
  })
})

describe('work', () => {
  test('a key in work is handed out again only after it was given back', async () => {
    const { queue, clock } = setUp()
    queue.add('a')
    await queue.get(never)
    queue.add('a')
    let again: string | undefined
    void queue.get(never).then((item) => (again = item?.key))
    await clock.advance(0)
    expect(again).toBeUndefined()
    queue.done('a')
    await clock.advance(0)
    expect(again).toBe('a')
  })

  test('a key in work does not hold up the keys behind it', async () => {
    const { queue } = setUp()
    queue.add('a')
    await queue.get(never)
    queue.add('a', { priority: 100 })
    queue.add('b')
    expect((await queue.get(never))?.key).toBe('b')
  })

  test('giving back what is not in work changes nothing', async () => {
    const { queue } = setUp()
    queue.done('a')
    queue.add('a')
    expect(await drain(queue)).toEqual(['a'])
  })

  test('an aborted taker gets nothing and takes nothing', async () => {
    const { queue } = setUp()
    const abort = new AbortController()
    const aborted = queue.get(abort.signal)
    abort.abort()
    expect(await aborted).toBeUndefined()
    queue.add('a')
    expect(await drain(queue)).toEqual(['a'])
  })
})

describe('delays', () => {
  test('a delayed key is handed out when its time has come', async () => {
    const { queue, clock } = setUp()
    queue.add('a', { afterMilliseconds: 1000 })
    await clock.advance(999)
    expect(queue.depth()).toBe(0)
    await clock.advance(1)
    expect(await drain(queue)).toEqual(['a'])
  })

  test.each([
    { name: 'an earlier time wins', first: 1000, second: 10, readyAfter: 10 },
    { name: 'a later time does not put off', first: 10, second: 1000, readyAfter: 10 },
    { name: 'no delay makes it ready at once', first: 1000, second: 0, readyAfter: 0 },
  ])('$name', async ({ first, second, readyAfter }) => {
    const { queue, clock } = setUp()
    queue.add('a', { afterMilliseconds: first })
    queue.add('a', { afterMilliseconds: second })
    await clock.advance(Math.max(0, readyAfter - 1))
    expect(queue.depth()).toBe(readyAfter === 0 ? 1 : 0)
    await clock.advance(1)
    expect(await drain(queue)).toEqual(['a'])
    expect(clock.pending()).toBe(0)
  })

  test('a delayed add leaves a ready key ready', async () => {
    const { queue } = setUp()
    queue.add('a')
    queue.add('a', { afterMilliseconds: 1000 })
    expect(await drain(queue)).toEqual(['a'])
  })

  test('a delayed key takes its place when it becomes ready, not when it was added', async () => {
    const { queue, clock } = setUp()
    queue.add('late', { afterMilliseconds: 10 })
    queue.add('early')
    await clock.advance(10)
    expect(await drain(queue)).toEqual(['early', 'late'])
  })

  test('a delayed key of high priority does not hold up ready ones', async () => {
    const { queue } = setUp()
    queue.add('delayed', { priority: 100, afterMilliseconds: 1000 })
    queue.add('ready')
    expect(await drain(queue)).toEqual(['ready'])
  })
})

describe('back-off', () => {
  test('doubles from 5 ms with each failure, to 1000 s at most, and starts anew when forgotten', async () => {
    const { queue, clock } = setUp()
    for (let failure = 0; failure < 20; failure++) {
      queue.addRateLimited('a')
      const delay = Math.min(5 * 2 ** failure, 1_000_000)
      await clock.advance(delay - 1)
      expect(queue.depth()).toBe(0)
      await clock.advance(1)
      expect(await drain(queue)).toEqual(['a'])
    }
    expect(queue.failures('a')).toBe(20)
    queue.forget('a')
    expect(queue.failures('a')).toBe(0)
    queue.addRateLimited('a')
    await clock.advance(5)
    expect(await drain(queue)).toEqual(['a'])
  })

  test('keys back off apart from each other', async () => {
    const { queue, clock } = setUp()
    for (let failure = 0; failure < 8; failure++) queue.addRateLimited('bad')
    queue.forget('bad')
    queue.addRateLimited('good')
    await clock.advance(5)
    expect(await drain(queue)).toContain('good')
  })

  test('is spread by up to a tenth', async () => {
    const clock = createFakeClock()
    const queue = createWorkQueue({ name: 'test', clock, metrics: noMetrics, random: () => 1 })
    queue.addRateLimited('a')
    await clock.advance(5.4)
    expect(queue.depth()).toBe(0)
    await clock.advance(0.1)
    expect(queue.depth()).toBe(1)
  })
})

test('shutDown ends every taker, drops what waits and leaves no timer', async () => {
  const { queue, clock } = setUp()
  queue.add('delayed', { afterMilliseconds: 1000 })
  const taker = queue.get(never)
  queue.shutDown()
  expect(await taker).toBeUndefined()
  queue.add('after')
  expect(await queue.get(never)).toBeUndefined()
  expect(clock.pending()).toBe(0)
})

test('metrics tell depth by priority, adds, waiting and working time, retries and unfinished work', async () => {
  const told: unknown[][] = []
  let readUnfinished: (() => readonly number[]) | undefined
  const { queue, clock } = setUp({
    ...noMetrics,
    queueDepth: (...args) => told.push(['depth', ...args]),
    queueAdded: (...args) => told.push(['added', ...args]),
    queueWaited: (...args) => told.push(['waited', ...args]),
    queueWorked: (...args) => told.push(['worked', ...args]),
    queueRetried: (...args) => told.push(['retried', ...args]),
    observeUnfinishedWork: (_queue, read) => {
      readUnfinished = read
      return { [Symbol.dispose]: () => (readUnfinished = undefined) }
    },
  })
  queue.add('a', { priority: 3 })
  await clock.advance(2000)
  await queue.get(never)
  await clock.advance(1000)
  expect(readUnfinished?.()).toEqual([1])
  queue.done('a')
  queue.addRateLimited('a')
  expect(told).toEqual([
    ['added', 'test'],
    ['depth', 'test', 3, 1],
    ['depth', 'test', 3, 0],
    ['waited', 'test', 2],
    ['worked', 'test', 1],
    ['retried', 'test'],
  ])
  queue.shutDown()
  expect(readUnfinished).toBeUndefined()
})
