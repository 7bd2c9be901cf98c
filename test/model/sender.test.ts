import { expect, test } from 'vitest'

import { createSender, type Sender, type SenderOptions } from './sender.ts'

const outages = [{ start: 100, end: 200 }]

function sender(over: Partial<SenderOptions> = {}): Sender {
  return createSender({
    capacity: 100,
    maximumWorkers: 16,
    roundTripSeconds: 0.01,
    failureSeconds: 0,
    retrySeconds: 3,
    outages,
    ...over,
  })
}

/** One event a second. */
function arrivals(to: Sender, from: number, count: number): void {
  for (let event = 0; event < count; event++) to.arrive(from + event)
}

test('while the target takes events nothing waits', () => {
  const one = sender()
  arrivals(one, 0, 90)
  expect(one).toMatchObject({ queued: 0, dropped: 0, givenUp: 0 })
})

test('in an outage all but the one in hand waits, and drains at the first try after it', () => {
  const one = sender()
  arrivals(one, 100, 40)
  expect(one).toMatchObject({ queued: 39, dropped: 0 })
  one.advance(200)
  expect(one.queued).toBe(39)
  // The first try after the end is at 202 seconds.
  one.advance(202)
  expect(one.queued).toBe(39)
  one.advance(202 + 0.011 * 40)
  expect(one).toMatchObject({ queued: 0, dropped: 0, givenUp: 0 })
})

test('over half of the queue more workers take an event in hand, up to 16', () => {
  const one = sender()
  arrivals(one, 100, 80)
  expect(one.queued).toBe(80 - 16)
})

test('what finds no room is thrown away', () => {
  const one = sender({ capacity: 20, maximumWorkers: 1 })
  arrivals(one, 100, 50)
  expect(one).toMatchObject({ queued: 20, dropped: 50 - 20 - 1 })
})

test('a sender that never tries again throws away what it takes', () => {
  const refused = sender({ retrySeconds: undefined, failureSeconds: 0.01 })
  arrivals(refused, 100, 50)
  expect(refused).toMatchObject({ queued: 0, givenUp: 50 })
  const hanging = sender({ retrySeconds: undefined, failureSeconds: 5, maximumWorkers: 1 })
  arrivals(hanging, 100, 50)
  expect(hanging).toMatchObject({ givenUp: 10, queued: 40 })
})
