import { expect, test } from 'vitest'

import { replaceBlocks } from './replace-blocks.ts'

const page = 'Before\n\n<!-- generated: a -->\nold\n<!-- end: a -->\n\nAfter\n'
const blocks = new Map([['a', 'new $& text']])

test('what stands between the markers is replaced, and nothing else', () => {
  const replaced = replaceBlocks(page, blocks)
  expect(replaced).toBe('Before\n\n<!-- generated: a -->\n\nnew $& text\n\n<!-- end: a -->\n\nAfter\n')
  expect(replaceBlocks(replaced, blocks)).toBe(replaced)
})

test('a page without markers stays as it is', () => {
  expect(replaceBlocks('Text\n', blocks)).toBe('Text\n')
})

test.each([
  { name: 'a block that nobody makes', page: '<!-- generated: b -->\n<!-- end: b -->\n', because: 'block b' },
  { name: 'a marker without its end', page: '<!-- generated: a -->\n', because: 'must stand between' },
  { name: 'an end without a marker', page: '<!-- end: a -->\n', because: 'must stand between' },
  { name: 'markers of two names', page: '<!-- generated: a -->\n<!-- end: b -->\n', because: 'must stand between' },
])('$name is an error', ({ page, because }) => {
  expect(() => replaceBlocks(page, blocks)).toThrow(because)
})
