import { expect, test } from 'vitest'

import { addKey, deleteKey, type KeyIndex, keysOf } from './key-index.ts'

test('keys of a value come in the order in which they were added, each once', () => {
  const index: KeyIndex = new Map()
  for (const key of ['b', 'b', 'a', 'c', 'a']) addKey(index, 'x', key)
  addKey(index, 'y', 'b')
  expect([keysOf(index, 'x'), keysOf(index, 'y'), keysOf(index, 'z')]).toEqual([['b', 'a', 'c'], ['b'], []])
})

test('what is deleted is gone, and nothing else', () => {
  const index: KeyIndex = new Map()
  for (const key of ['a', 'b']) addKey(index, 'x', key)
  addKey(index, 'y', 'a')
  deleteKey(index, 'y', 'b')
  deleteKey(index, 'z', 'a')
  deleteKey(index, 'x', 'a')
  expect([keysOf(index, 'x'), keysOf(index, 'y')]).toEqual([['b'], ['a']])
  deleteKey(index, 'x', 'b')
  deleteKey(index, 'y', 'a')
  expect([keysOf(index, 'x'), keysOf(index, 'y')]).toEqual([[], []])
  addKey(index, 'x', 'c')
  expect(keysOf(index, 'x')).toEqual(['c'])
})
