import { expect, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { createEventSeriesTracker, type EventSeriesTracker } from './event-series.ts'

const minute = 60_000

function track(): { tracker: EventSeriesTracker; clock: FakeClock; told: string[] } {
  const clock = createFakeClock()
  const told: string[] = []
  const tracker = createEventSeriesTracker({ clock, tell: ({ name, count }) => told.push(`${name} ${count}`) })
  return { tracker, clock, told }
}

test('is told at the second occurrence and at its end, six minutes after the last', async () => {
  const { tracker, clock, told } = track()
  expect(tracker.repeat('k')).toBe(false)
  tracker.begin('k', { namespace: 'ns', name: 'a' })
  expect([tracker.repeat('k'), tracker.repeat('k')]).toEqual([true, true])
  expect(told).toEqual(['a 2'])
  await clock.advance(6 * minute)
  expect(told).toEqual(['a 2', 'a 3'])
  expect(tracker.repeat('k')).toBe(false)
  expect(clock.pending()).toBe(0)
})

test('without a repeat is never told', async () => {
  const { tracker, clock, told } = track()
  tracker.begin('k', { namespace: 'ns', name: 'a' })
  await clock.advance(10 * minute)
  expect(told).toEqual([])
})

test('that goes on is told every half an hour', async () => {
  const { tracker, clock, told } = track()
  tracker.begin('k', { namespace: 'ns', name: 'a' })
  for (let passed = 0; passed < 70; passed += 5) {
    tracker.repeat('k')
    await clock.advance(5 * minute)
  }
  expect(told).toEqual(['a 2', 'a 8', 'a 14'])
})

test('the oldest of too many is ended', () => {
  const { tracker, told } = track()
  for (let i = 0; i < 1024; i++) tracker.begin(`k${i}`, { namespace: 'ns', name: `a${i}` })
  tracker.repeat('k0')
  tracker.repeat('k0')
  tracker.begin('one-more', { namespace: 'ns', name: 'b' })
  expect(told).toEqual(['a0 2', 'a0 3'])
  expect([tracker.repeat('k0'), tracker.repeat('k1')]).toEqual([false, true])
})
