import { expect, test } from 'vitest'

import { createKeyIndex } from './key-index.ts'

test('keys of a value come in the order in which they were added, each once', () => {
  const index = createKeyIndex()
  for (const key of ['b', 'b', 'a', 'c', 'a']) index.add('x', key)
  index.add('y', 'b')
  expect([index.keys('x'), index.keys('y'), index.keys('z')]).toEqual([['b', 'a', 'c'], ['b'], []])
})

test('what is deleted is gone, and nothing else', () => {
  const index = createKeyIndex()
  for (const key of ['a', 'b']) index.add('x', key)
  index.add('y', 'a')
  index.delete('y', 'b')
  index.delete('z', 'a')
  index.delete('x', 'a')
  expect([index.keys('x'), index.keys('y')]).toEqual([['b'], ['a']])
  index.delete('x', 'b')
  index.delete('y', 'a')
  expect([index.keys('x'), index.keys('y')]).toEqual([[], []])
  index.add('x', 'c')
  expect(index.keys('x')).toEqual(['c'])
})
