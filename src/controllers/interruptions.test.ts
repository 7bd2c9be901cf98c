import { expect, test } from 'vitest'

import { createInterruptions, InterruptedError } from './interruptions.ts'

const never = new AbortController().signal
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })

test('a call is interrupted when it has become pointless, and no other call is', async () => {
  const deleted = new Set<string>()
  const interruptions = createInterruptions((key) => deleted.has(key))
  const end = Promise.withResolvers<string>()
  const first = interruptions.run('a/first', never, untilAborted)
  const second = interruptions.run('a/second', never, () => end.promise)
  deleted.add('a/first')
  for (const key of ['a/first', 'a/second', 'a/unknown']) interruptions.review(key)
  await expect(first).rejects.toBeInstanceOf(InterruptedError)
  end.resolve('done')
  expect(await second).toBe('done')
})

test('a call that is pointless from the start is not made', async () => {
  const calls: string[] = []
  const interruptions = createInterruptions(() => true)
  const call = interruptions.run('a/b', never, () => Promise.resolve(calls.push('made')))
  await expect(call).rejects.toBeInstanceOf(InterruptedError)
  expect(calls).toEqual([])
})

test('a call ends with its pass too, for the reason of the pass', async () => {
  const interruptions = createInterruptions(() => false)
  const pass = new AbortController()
  const call = interruptions.run('a/b', pass.signal, untilAborted)
  pass.abort(new Error('The controller stops'))
  await expect(call).rejects.toThrow('The controller stops')
})

test('what came to its end is not interrupted afterwards', async () => {
  let isPointless = false
  const interruptions = createInterruptions(() => isPointless)
  const signals: AbortSignal[] = []
  await interruptions.run('a/b', never, (signal) => Promise.resolve(signals.push(signal)))
  isPointless = true
  interruptions.review('a/b')
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
})
