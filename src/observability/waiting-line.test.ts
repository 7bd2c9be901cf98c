import { expect, test } from 'vitest'

import { createWaitingLine, inTurn } from './waiting-line.ts'

const { signal } = new AbortController()

test('as many as there are slots work at a time, the others in the order in which they came', async () => {
  const line = createWaitingLine(2)
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string): Promise<void> =>
    inTurn(line, signal, () => {
      begun.push(name)
      return new Promise((resolve) => ends.set(name, resolve))
    })
  const [first, , third] = ['a', 'b', 'c', 'd'].map(work)
  await Promise.resolve()
  expect(begun).toEqual(['a', 'b'])
  ends.get('a')?.()
  await first
  await expect.poll(() => begun, { timeout: 10_000 }).toEqual(['a', 'b', 'c'])
  ends.get('c')?.()
  await third
  await expect.poll(() => begun, { timeout: 10_000 }).toEqual(['a', 'b', 'c', 'd'])
})

test('who is aborted leaves the line without having been called, and what failed gives its slot back', async () => {
  const line = createWaitingLine(1)
  const end = Promise.withResolvers<never>()
  const first = inTurn(line, signal, () => end.promise)
  const abort = new AbortController()
  let called = false
  const second = inTurn(line, abort.signal, () => {
    called = true
    return Promise.resolve()
  })
  const third = inTurn(line, signal, () => Promise.resolve('third'))
  abort.abort(new Error('had enough'))
  await expect(second).rejects.toThrow('had enough')
  await expect(inTurn(line, abort.signal, () => Promise.resolve())).rejects.toThrow('had enough')
  end.reject(new Error('failed'))
  await expect(first).rejects.toThrow('failed')
  expect(await third).toBe('third')
  expect(called).toBe(false)
})
