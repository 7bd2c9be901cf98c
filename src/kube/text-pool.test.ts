import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { expect, test } from 'vitest'

import { createTextPool, poolTexts } from './text-pool.ts'

/** Equal texts cannot be told apart from the same one, so this gives others. */
function recorder(): { readonly pool: (text: string) => string; readonly seen: string[] } {
  const seen: string[] = []
  return { pool: (text) => (seen.push(text), text.toUpperCase()), seen }
}

test('every text within a value is asked for, and nothing else is changed', () => {
  const value = { a: 'x', b: { c: ['y', { d: 'z' }, 1, null, true] }, e: '' }
  const { pool, seen } = recorder()
  poolTexts(value, pool)
  expect(value).toEqual({ a: 'X', b: { c: ['Y', { d: 'Z' }, 1, null, true] }, e: '' })
  expect(seen).toEqual(['x', 'y', 'z', ''])
})

test('a name that JavaScript has a meaning for is only a name', () => {
  const value = JSON.parse('{"__proto__": "x", "constructor": {"prototype": "y"}}') as object
  poolTexts(value, (text) => text.toUpperCase())
  expect(JSON.stringify(value)).toBe('{"__proto__":"X","constructor":{"prototype":"Y"}}')
})

test('the pool gives equal texts for whatever it is asked', () => {
  const pool = createTextPool(2)
  for (const text of ['a', 'b', 'a', 'c', 'd', 'e', 'a', 'b', '']) expect(pool(text)).toBe(text)
})

test('the pool holds no long texts', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const heap = (): number => {
    collect()
    return process.memoryUsage().heapUsed / 2 ** 20
  }
  const pool = createTextPool(512)
  const before = heap()
  const length = 2 ** 16
  for (let index = 0; index < 1000; index++) expect(pool(String(index).padStart(length, '-'))).toHaveLength(length)
  // A thousand such texts are 62 MiB.
  expect(heap() - before).toBeLessThan(15)
  expect(pool('short')).toBe('short')
})
