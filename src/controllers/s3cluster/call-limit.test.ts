import { expect, test } from 'vitest'

import type { AuditWebhookProvider, ClusterIdentity } from '../../providers/provider.ts'
import { limitCalls } from './call-limit.ts'

/** A provider whose calls end when the test says so. */
function controlled(): { provider: AuditWebhookProvider; running: (() => void)[] } {
  const running: (() => void)[] = []
  const identity: ClusterIdentity = { id: 'c', name: 'c', version: '1' }
  return {
    running,
    provider: {
      identify: () => new Promise((resolve) => running.push(() => resolve(identity))),
      read: () => Promise.resolve({ state: 'Absent' }),
      apply: () => Promise.resolve(),
      remove: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  }
}

const never = new AbortController().signal
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('no more calls than the limit run at a time, and all come to their end', async () => {
  const { provider, running } = controlled()
  const limited = limitCalls(provider, 2)
  const calls = [1, 2, 3].map(() => limited.identify({ signal: never }))
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
  const first = limited.identify({ signal: never })
  const abort = new AbortController()
  const second = limited.identify({ signal: abort.signal })
  abort.abort(new Error('stopped'))
  await expect(second).rejects.toThrow('stopped')
  running[0]?.()
  await first
  const third = limited.identify({ signal: never })
  await turn()
  expect(running).toHaveLength(2)
  running[1]?.()
  await third
})

test('a provider that tells nothing about delivery still tells nothing', () => {
  expect('delivery' in limitCalls(controlled().provider, 1)).toBe(false)
})
