import { expect, test } from 'vitest'

import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createEventLimiter } from './event-limiter.ts'

test('an object may say 25 things at once, then one every five minutes; others are not held up by it', async () => {
  const clock = createFakeClock()
  const allow = createEventLimiter(clock)
  const allowed = (key: string, tries: number): number =>
    Array.from({ length: tries }, () => allow(key)).filter(Boolean).length
  expect(allowed('a', 40)).toBe(25)
  expect(allowed('b', 1)).toBe(1)
  await clock.advance(299_000)
  expect(allowed('a', 5)).toBe(0)
  await clock.advance(1000)
  expect(allowed('a', 5)).toBe(1)
  await clock.advance(1000 * 300_000)
  expect(allowed('a', 40)).toBe(25)
})
