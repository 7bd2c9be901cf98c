import { expect, test } from 'vitest'

import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { whileNamespaceStays } from './while-namespace-stays.ts'

/** Never ends by itself. */
function patient(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
}

function opened(answers: readonly boolean[]) {
  const clock = createFakeClock()
  const left = [...answers]
  const abort = new AbortController()
  const options = {
    isGoing: () => Promise.resolve(left.shift() ?? false),
    lookMilliseconds: 5_000,
    clock,
    signal: abort.signal,
  }
  return { clock, left, abort, options }
}

test('work that is quick ends as it does, and nobody looks', async () => {
  const { options, left } = opened([true])
  expect(await whileNamespaceStays(options, () => Promise.resolve('done'))).toBe('done')
  expect(left).toEqual([true])
})

test('work that is slow is ended when a look finds that the namespace goes', async () => {
  const { clock, options, left } = opened([false, true, true])
  const ended = whileNamespaceStays(options, patient)
  await clock.advance(9_999)
  expect(left).toEqual([true, true])
  await clock.advance(1)
  expect(await ended).toBe('NamespaceGoes')
  expect(left).toEqual([true])
})

test('work that comes to its end all the same keeps its result', async () => {
  const { clock, options } = opened([true])
  const ended = whileNamespaceStays(options, (signal) => patient(signal).catch(() => 'done'))
  await clock.advance(5_000)
  expect(await ended).toBe('done')
})

test('an abort ends the work with its reason', async () => {
  const { options, abort } = opened([])
  const ended = whileNamespaceStays(options, patient)
  abort.abort(new Error('The process stops'))
  await expect(ended).rejects.toThrow('The process stops')
})

test('a look that fails ends the work with the failure', async () => {
  const { clock, options } = opened([])
  const failing = { ...options, isGoing: () => Promise.reject(new Error('No answer')) }
  const ended = whileNamespaceStays(failing, patient)
  const failure = expect(ended).rejects.toThrow('No answer')
  await clock.advance(5_000)
  await failure
})
