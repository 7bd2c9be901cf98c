import { describe, expect, onTestFinished, test } from 'vitest'

import { createRandom } from '../../test/model/random.ts'
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { type Clock, systemClock } from './clock.ts'
import { createDelayQueue, type Delayed, type DelayQueue } from './delay-queue.ts'

interface Item extends Delayed {
  readonly name: string
}

interface Bench {
  readonly clock: FakeClock
  readonly queue: DelayQueue<Item>
  /** Names and times of what became due. */
  readonly rung: string[]
}

function newItem(name: string): Item {
  return { name, dueAt: 0, order: 0, place: -1 }
}

function openBench(onDue?: (item: Item, queue: DelayQueue<Item>) => void): Bench {
  const clock = createFakeClock()
  const rung: string[] = []
  const queue = createDelayQueue<Item>(clock, (item) => {
    rung.push(`${item.name} ${clock.monotonic()}`)
    onDue?.(item, queue)
  })
  onTestFinished(() => queue[Symbol.dispose]())
  return { clock, queue, rung }
}

test.each([
  { name: 'the earliest comes first', given: ['a 30', 'b 10', 'c 20'], want: ['b 10', 'c 20', 'a 30'] },
  {
    name: 'equal times keep the order in which they were set last',
    given: ['c 10', 'a 10', 'b 10', 'a 10'],
    want: ['c 10', 'b 10', 'a 10'],
  },
  { name: 'a later time replaces an earlier one', given: ['a 10', 'b 15', 'a 20'], want: ['b 15', 'a 20'] },
  { name: 'an earlier time replaces a later one', given: ['a 20', 'b 15', 'a 10'], want: ['a 10', 'b 15'] },
  {
    name: 'what is cancelled does not become due, the others do',
    given: ['a 10', 'b 20', 'c 30', 'a off', 'a off', 'c off'],
    want: ['b 20'],
  },
  { name: 'no time is due at once, and a negative one', given: ['a 0', 'b -5'], want: ['a 0', 'b 0'] },
  { name: 'what is no number is due at once', given: ['b 5', 'a NaN', 'c 1'], want: ['a 0', 'c 1', 'b 5'] },
])('$name', async ({ given, want }) => {
  const { clock, queue, rung } = openBench()
  const items = new Map(['a', 'b', 'c'].map((name) => [name, newItem(name)]))
  for (const [name = '', time] of given.map((step) => step.split(' '))) {
    const item = items.get(name) ?? newItem(name)
    if (time === 'off') queue.cancel(item)
    else queue.set(item, Number(time))
    expect(queue.has(item)).toBe(time !== 'off')
  }
  expect(rung).toEqual([])
  await clock.advance(100)
  expect(rung).toEqual(want)
  expect([...items.values()].filter((item) => queue.has(item))).toEqual([])
  expect(clock.pending()).toBe(0)
})

describe('what is called back', () => {
  test('may set its own item anew, which has its turn behind what is due', async () => {
    const turns = ['first']
    const { clock, queue, rung } = openBench((item) => {
      if (turns.pop() !== undefined) queue.set(item, 0)
    })
    queue.set(newItem('a'), 10)
    queue.set(newItem('b'), 10)
    await clock.advance(10)
    expect(rung).toEqual(['a 10', 'b 10', 'a 10'])
  })

  test('lets others run before what it set for now is due', async () => {
    const course: string[] = []
    const { clock, queue } = openBench((item) => {
      void Promise.resolve().then(() => course.push('others'))
      if (course.push('due') < 5) queue.set(item, 0)
    })
    queue.set(newItem('a'), 10)
    await clock.advance(10)
    expect(course).toEqual(['due', 'others', 'due', 'others', 'due', 'others'])
  })

  test('may cancel what is due at the same time', async () => {
    const other = newItem('b')
    const { clock, queue, rung } = openBench(() => queue.cancel(other))
    queue.set(newItem('a'), 10)
    queue.set(other, 10)
    await clock.advance(10)
    expect(rung).toEqual(['a 10'])
    expect(clock.pending()).toBe(0)
  })

  test('may empty the queue and fill it again', async () => {
    const later = newItem('c')
    const { clock, queue, rung } = openBench((item) => {
      if (item === later) return
      queue[Symbol.dispose]()
      queue.set(later, 5)
    })
    queue.set(newItem('a'), 10)
    queue.set(newItem('b'), 10)
    await clock.advance(10)
    expect(clock.pending()).toBe(1)
    await clock.advance(10)
    expect(rung).toEqual(['a 10', 'c 15'])
    expect(clock.pending()).toBe(0)
  })

  test('may throw: the clock gets the error, and the others become due at the same time', async () => {
    const { clock, queue, rung } = openBench((item) => {
      if (item.name === 'a') throw new Error('a fails')
    })
    for (const name of ['a', 'b', 'c']) queue.set(newItem(name), name === 'c' ? 20 : 10)
    await expect(clock.advance(10)).rejects.toThrow('a fails')
    expect(rung).toEqual(['a 10'])
    await clock.advance(0)
    expect(rung).toEqual(['a 10', 'b 10'])
    await clock.advance(10)
    expect(rung).toEqual(['a 10', 'b 10', 'c 20'])
  })
})

describe('timers', () => {
  test('there is one while something waits, and none after the last was cancelled', () => {
    const { clock, queue } = openBench()
    const items = Array.from({ length: 50 }, (_, index) => newItem(`${index}`))
    for (const [index, item] of items.entries()) queue.set(item, 1000 - index)
    expect(clock.pending()).toBe(1)
    for (const item of items) queue.cancel(item)
    expect(clock.pending()).toBe(0)
  })

  test('dispose drops what waits', async () => {
    const { clock, queue, rung } = openBench()
    const item = newItem('a')
    queue.set(item, 10)
    queue.set(newItem('b'), 20)
    queue[Symbol.dispose]()
    expect([clock.pending(), queue.has(item)]).toEqual([0, false])
    await clock.advance(100)
    expect(rung).toEqual([])
  })

  test('putting one item off again and again sets few', async () => {
    const clock = createFakeClock()
    let timers = 0
    const counting: Clock = { ...clock, timer: (...args) => (timers++, clock.timer(...args)) }
    using queue = createDelayQueue<Item>(counting, () => undefined)
    const item = newItem('a')
    for (let millisecond = 0; millisecond < 1000; millisecond++) {
      queue.set(item, 100)
      await clock.advance(1)
    }
    expect(timers).toBeLessThan(15)
  })

  test.each([
    {
      name: 'that comes too early',
      timer: (milliseconds: number) => Math.max(Math.floor(milliseconds * 0.9), 1),
      late: 1,
    },
    {
      name: 'that can wait for a second at most',
      timer: (milliseconds: number) => Math.min(milliseconds, 1000),
      late: 1,
    },
    { name: 'that comes too late', timer: (milliseconds: number) => milliseconds + 7, late: 8 },
  ])('a timer $name makes nothing due early, and little late', async ({ timer, late }) => {
    const clock = createFakeClock()
    const lags: number[] = []
    using queue = createDelayQueue<Item>(
      { ...clock, timer: (milliseconds, callback) => clock.timer(timer(milliseconds), callback) },
      (item) => lags.push(clock.monotonic() - item.dueAt),
    )
    const delays = [0.3, 5, 5, 17, 900.7, 3000, 86_400]
    for (const delay of delays) queue.set(newItem(`${delay}`), delay)
    await clock.advance(100_000)
    expect(lags).toHaveLength(delays.length)
    expect(lags.filter((lag) => lag < 0 || lag >= late)).toEqual([])
  })

  test('nothing is due early by the clock of the machine', async () => {
    const lags: number[] = []
    const all = Promise.withResolvers<void>()
    const delays = [12.9, 0.4, 3.7, 3.7, 1.1, 8]
    using queue = createDelayQueue<Item>(systemClock, (item) => {
      if (lags.push(systemClock.monotonic() - item.dueAt) === delays.length) all.resolve()
    })
    for (const delay of delays) queue.set(newItem(`${delay}`), delay)
    await all.promise
    expect(lags.filter((lag) => lag < 0)).toEqual([])
  })
})

/** The same contract by a timer of its own for each item. */
function createPlainQueue(clock: Clock, onDue: (item: Item) => void): Omit<DelayQueue<Item>, typeof Symbol.dispose> {
  const timers = new Map<Item, Disposable>()
  const cancel = (item: Item): void => {
    timers.get(item)?.[Symbol.dispose]()
    timers.delete(item)
  }
  return {
    cancel,
    has: (item) => timers.has(item),
    set(item, milliseconds) {
      cancel(item)
      const timer = clock.timer(milliseconds, () => {
        timers.delete(item)
        onDue(item)
      })
      timers.set(item, timer)
    },
  }
}

/** What becomes due, and when, and what waits after each step, while items are set and cancelled from outside and from inside. */
async function play(
  seed: number,
  create: typeof createPlainQueue,
  onStep?: (clock: FakeClock, waits: boolean) => void,
) {
  const random = createRandom(seed)
  const clock = createFakeClock()
  const course: string[] = []
  const items = Array.from({ length: 1 + Math.floor(random.between(0, 40)) }, (_, index) => newItem(`${index}`))
  const longest = random.oneOf(3, 30, 300)
  const change = (): void => {
    const item = items[Math.floor(random.between(0, items.length))]
    if (item === undefined) return
    if (random.next() < 0.25) queue.cancel(item)
    else queue.set(item, Math.floor(random.between(0, longest)))
  }
  const queue = create(clock, (item) => {
    course.push(`${item.name} at ${clock.monotonic()}`)
    while (random.next() < 0.4) change()
  })
  for (let step = 0; step < 60; step++) {
    for (let changes = random.oneOf(0, 1, 5, 50); changes > 0; changes--) change()
    await clock.advance(Math.floor(random.between(0, longest / 2)))
    const waiting = items.filter((item) => queue.has(item)).map(({ name }) => name)
    course.push(`waiting: ${waiting.join(' ')}`)
    onStep?.(clock, waiting.length > 0)
  }
  return course
}

test.each(Array.from({ length: 30 }, (_, index) => ({ seed: index + 1 })))(
  'does what a timer for each item would do, with one, seed $seed',
  async ({ seed }) => {
    const course = await play(seed, createDelayQueue, (clock, waits) => expect(clock.pending()).toBe(waits ? 1 : 0))
    expect(course).toEqual(await play(seed, createPlainQueue))
  },
)
