import { expect, test } from 'vitest'

import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createDeadline } from './deadline.ts'

const reason = (): Error => new Error('too late')

test('aborts with its own reason when time runs out', async () => {
  const clock = createFakeClock()
  using deadline = createDeadline({ clock, milliseconds: 1000, signal: new AbortController().signal, reason })
  await clock.advance(999)
  expect(deadline.signal.aborted).toBe(false)
  await clock.advance(1)
  expect(deadline.signal.reason).toEqual(new Error('too late'))
})

test("aborts with its parent's reason, also when that was aborted before", () => {
  const clock = createFakeClock()
  const parent = new AbortController()
  using before = createDeadline({ clock, milliseconds: 1000, signal: parent.signal, reason })
  parent.abort(new Error('stop'))
  using after = createDeadline({ clock, milliseconds: 1000, signal: parent.signal, reason })
  expect([before.signal.reason, after.signal.reason]).toEqual([new Error('stop'), new Error('stop')])
})

test('disposed, it follows neither time nor parent', async () => {
  const clock = createFakeClock()
  const parent = new AbortController()
  const deadline = createDeadline({ clock, milliseconds: 1000, signal: parent.signal, reason })
  deadline[Symbol.dispose]()
  expect(clock.pending()).toBe(0)
  parent.abort()
  await clock.advance(2000)
  expect(deadline.signal.aborted).toBe(false)
})
