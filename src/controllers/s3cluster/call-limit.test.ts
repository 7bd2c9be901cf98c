import { expect, test } from 'vitest'

import type { AuditWebhookProvider } from '../../providers/provider.ts'
import { limitCalls } from './call-limit.ts'

/** A provider whose calls end when the test says so. */
function controlled(): { provider: AuditWebhookProvider; running: (() => void)[] } {
  const running: (() => void)[] = []
  return {
    running,
    provider: {
      identify: () => Promise.resolve({ id: 'c', name: 'c', version: '1' }),
      read: () => new Promise((resolve) => running.push(() => resolve({ state: 'Absent' }))),
      apply: () => Promise.resolve(),
      remove: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  }
}

const webhook = { targetName: 't' }
const never = new AbortController().signal
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('no more calls than the limit run at a time, and all come to their end', async () => {
  const { provider, running } = controlled()
  const limited = limitCalls(provider, 2)
  const calls = [1, 2, 3].map(() => limited.read(webhook, { signal: never }))
  await turn()
  expect(running).toHaveLength(2)
  running[0]?.()
  await turn()
  expect(running).toHaveLength(3)
  running[1]?.()
  running[2]?.()
  expect(await Promise.all(calls)).toHaveLength(3)
})

test('a call that is aborted in line leaves it and takes no slot', async () => {
  const { provider, running } = controlled()
  const limited = limitCalls(provider, 1)
  const first = limited.read(webhook, { signal: never })
  const abort = new AbortController()
  const second = limited.read(webhook, { signal: abort.signal })
  abort.abort(new Error('stopped'))
  await expect(second).rejects.toThrow('stopped')
  running[0]?.()
  await first
  const third = limited.read(webhook, { signal: never })
  await turn()
  expect(running).toHaveLength(2)
  running[1]?.()
  await third
})

test('whether the cluster answers at all is found out beside the line', async () => {
  const { provider, running } = controlled()
  const limited = limitCalls(provider, 1)
  const calls = [1, 2].map(() => limited.read(webhook, { signal: never }))
  await turn()
  expect(await limited.identify({ signal: never })).toMatchObject({ id: 'c' })
  expect(running).toHaveLength(1)
  running[0]?.()
  await turn()
  running[1]?.()
  await Promise.all(calls)
})

test('a provider that tells nothing about delivery still tells nothing', () => {
  const limited = limitCalls(controlled().provider, 1)
  expect(['delivery', 'eventRate'].filter((name) => name in limited)).toEqual([])
})

test('the question for the rate of events stands in line too', async () => {
  const { provider, running } = controlled()
  const limited = limitCalls({ ...provider, eventRate: () => Promise.resolve(7) }, 1)
  const read = limited.read(webhook, { signal: never })
  let rate: number | undefined
  const asked = limited.eventRate?.({ signal: never }).then((told) => (rate = told))
  await turn()
  expect(rate).toBeUndefined()
  running[0]?.()
  await read
  await asked
  expect(rate).toBe(7)
})
