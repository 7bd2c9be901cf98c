import { expect, test } from 'vitest'

import { createInterruptions, InterruptedError } from './interruptions.ts'

const never = new AbortController().signal
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })

test('a call is interrupted by the name of its object, and no other call is', async () => {
  const interruptions = createInterruptions()
  const end = Promise.withResolvers<string>()
  const first = interruptions.run('a/first', never, untilAborted)
  const second = interruptions.run('a/second', never, () => end.promise)
  interruptions.interrupt('a/first')
  interruptions.interrupt('a/unknown')
  await expect(first).rejects.toBeInstanceOf(InterruptedError)
  end.resolve('done')
  expect(await second).toBe('done')
})

test('a call ends with its pass too, for the reason of the pass', async () => {
  const interruptions = createInterruptions()
  const pass = new AbortController()
  const call = interruptions.run('a/b', pass.signal, untilAborted)
  pass.abort(new Error('The controller stops'))
  await expect(call).rejects.toThrow('The controller stops')
})

test('what came to its end is not interrupted afterwards', async () => {
  const interruptions = createInterruptions()
  const signals: AbortSignal[] = []
  await interruptions.run('a/b', never, (signal) => Promise.resolve(signals.push(signal)))
  interruptions.interrupt('a/b')
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
})
