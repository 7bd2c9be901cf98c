import { expect, test } from 'vitest'

import { createRoundQueue, type RoundQueue, type Turn } from './round-queue.ts'

const wide = { maximum: 100, maximumPerHost: 100, maximumFailing: 100 }

function fill(queue: RoundQueue, host: string, count: number, failing = false): void {
  for (let index = 0; index < count; index++) queue.add(`${host}${index}`, { host, failing })
}

/** Everybody who may go now. */
function takeAll(queue: RoundQueue): readonly Turn[] {
  const turns: Turn[] = []
  for (let turn = queue.take(); turn !== undefined; turn = queue.take()) turns.push(turn)
  return turns
}

const keys = (turns: readonly Turn[]): readonly string[] => turns.map(({ key }) => key)

test('hosts take turns, whoever came first', () => {
  const queue = createRoundQueue(wide)
  fill(queue, 'a', 4)
  fill(queue, 'b', 2)
  expect(keys(takeAll(queue))).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'a3'])
})

test('a host gets no more than its share, and a turn that is given back goes on', () => {
  const queue = createRoundQueue({ ...wide, maximumPerHost: 2 })
  fill(queue, 'a', 4)
  fill(queue, 'b', 1)
  const turns = takeAll(queue)
  expect(keys(turns)).toEqual(['a0', 'b0', 'a1'])
  turns[0]?.[Symbol.dispose]()
  turns[0]?.[Symbol.dispose]()
  expect(keys(takeAll(queue))).toEqual(['a2'])
})

test('what failed last time leaves room for what did not, and is not left out', () => {
  const queue = createRoundQueue({ maximum: 6, maximumPerHost: 100, maximumFailing: 2 })
  fill(queue, 'dead', 10, true)
  fill(queue, 'well', 10)
  expect(keys(takeAll(queue))).toEqual(['well0', 'dead0', 'well1', 'dead1', 'well2', 'well3'])
})

test('who leaves the line loses the place, who is added again keeps it', () => {
  const queue = createRoundQueue(wide)
  fill(queue, 'a', 3)
  queue.remove('a0')
  queue.add('a1', { host: 'b', failing: true })
  expect(queue.has('a0')).toBe(false)
  expect(keys(takeAll(queue))).toEqual(['a1', 'a2'])
  expect(queue.take()).toBeUndefined()
})
