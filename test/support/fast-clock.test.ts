import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import { systemClock } from '../../src/kube/clock.ts'
import { createFastClock } from './fast-clock.ts'

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end) continue
}

describe('a clock twenty times as fast', () => {
  test('is six times as fast while the process works', () => {
    const clock = createFastClock(20)
    const [start, from] = [systemClock.monotonic(), clock.monotonic()]
    work(50)
    const passed = clock.monotonic() - from
    expect(passed).toBeGreaterThanOrEqual(6 * 50)
    expect(passed).toBeLessThanOrEqual(6 * (systemClock.monotonic() - start))
  })

  test('is faster while it waits', async () => {
    const clock = createFastClock(20)
    const [start, from] = [systemClock.monotonic(), clock.monotonic()]
    await sleep(50)
    const took = systemClock.monotonic() - start
    const passed = clock.monotonic() - from
    expect(passed).toBeGreaterThan(6 * took)
    expect(passed).toBeLessThan(20 * (systemClock.monotonic() - start) + 1)
  })

  test('ends no timer before its time, whatever work comes in between', async () => {
    const clock = createFastClock(20)
    const due = clock.monotonic() + 2_000
    const { promise, resolve } = Promise.withResolvers<number>()
    using _timer = clock.timer(2_000, () => resolve(clock.monotonic()))
    work(100)
    expect(await promise).toBeGreaterThanOrEqual(due)
  })

  test('fires no timer that was disposed after its first time was up', async () => {
    const clock = createFastClock(20)
    let fired = false
    const timer = clock.timer(2_000, () => (fired = true))
    work(100)
    await sleep(1)
    timer[Symbol.dispose]()
    while (clock.monotonic() < 4_000) await sleep(10)
    expect(fired).toBe(false)
  })
})

test('a clock as fast as the machine passes like it at work too', () => {
  const clock = createFastClock(1)
  const start = systemClock.monotonic()
  const from = clock.monotonic()
  work(50)
  expect(clock.monotonic() - from).toBeGreaterThanOrEqual(50)
  expect(clock.monotonic() - from).toBeLessThanOrEqual(systemClock.monotonic() - start)
})
