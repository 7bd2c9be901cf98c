import { expect, test } from 'vitest'

import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createWatchBackOff } from './watch-back-off.ts'

test('delays double from 0.8 s to 30 s and start anew after two minutes without one', async () => {
  const clock = createFakeClock()
  const backOff = createWatchBackOff({ clock, random: () => 0 })
  expect(Array.from({ length: 8 }, () => backOff.next())).toEqual([
    800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
  ])
  await clock.advance(120_000)
  expect(backOff.next()).toBe(30_000)
  await clock.advance(120_001)
  expect(backOff.next()).toBe(800)
})

test('a delay is spread over up to twice its length', () => {
  const backOff = createWatchBackOff({ clock: createFakeClock(), random: () => 0.5 })
  expect([backOff.next(), backOff.next()]).toEqual([1200, 2400])
})

test('delays start anew when something has worked', () => {
  const backOff = createWatchBackOff({ clock: createFakeClock(), random: () => 0 })
  expect([backOff.next(), backOff.next(), backOff.next()]).toEqual([800, 1600, 3200])
  backOff.reset()
  expect(backOff.next()).toBe(800)
})
