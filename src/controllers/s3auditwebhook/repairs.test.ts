import { expect, test } from 'vitest'

import { nextRepair, recordRepair, repairLimit } from './repairs.ts'

const minute = 60_000
const now = 100 * minute

test('the first repair within an hour happens at once', () => {
  expect(nextRepair([], now)).toEqual({ at: now })
  expect(nextRepair([now - 61 * minute], now)).toEqual({ at: now })
})

test('each further repair waits twice as long as the one before', () => {
  expect(nextRepair([now], now)).toEqual({ at: now + 15_000 })
  expect(nextRepair([now - minute, now], now)).toEqual({ at: now + 30_000 })
  expect(nextRepair([now - 2 * minute, now - minute, now], now)).toEqual({ at: now + 60_000 })
})

test('after the limit there is another writer, until the hour is over', () => {
  let history: readonly number[] = []
  for (let repair = 0; repair < repairLimit; repair++) history = recordRepair(history, now + repair * minute)
  expect(nextRepair(history, now + 10 * minute)).toBe('AnotherWriter')
  expect(nextRepair(history, now + 61 * minute)).not.toBe('AnotherWriter')
})

test('repairs of more than an hour ago are forgotten', () => {
  expect(recordRepair([now - 61 * minute, now - minute], now)).toEqual([now - minute, now])
})
