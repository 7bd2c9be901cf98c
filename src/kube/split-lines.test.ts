import { expect, test } from 'vitest'

import { failureOf } from '../../test/support/failure-of.ts'
import { splitLines } from './split-lines.ts'

async function split(chunks: readonly string[], maximumBytes = 100): Promise<string[]> {
  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk, 'latin1'))
  }
  const lines: string[] = []
  for await (const line of splitLines(bytes(), maximumBytes)) lines.push(line)
  return lines
}

test.each([
  { name: 'several lines in a chunk', given: ['a\nb\n'], want: ['a', 'b'] },
  { name: 'a line in several chunks', given: ['a', 'b', 'c\nd\n'], want: ['abc', 'd'] },
  { name: 'empty lines', given: ['\n', '\n'], want: ['', ''] },
  { name: 'a cut line at the end is left out', given: ['a\nb'], want: ['a'] },
  { name: 'nothing', given: [], want: [] },
  { name: 'a character cut by a chunk', given: ['\xc3', '\xa4\n'], want: ['\u00e4'] },
  {
    name: 'a line as long as it may be',
    given: ['a'.repeat(60), 'b'.repeat(40), '\n'],
    want: ['a'.repeat(60) + 'b'.repeat(40)],
  },
])('$name', async ({ given, want }) => expect(await split(given)).toEqual(want))

test.each([
  { name: 'in one chunk', given: [`${'a'.repeat(101)}\n`] },
  { name: 'before its end has come', given: ['a'.repeat(60), 'a'.repeat(41)] },
])('a line over the bound is an error $name', async ({ given }) => {
  expect(await failureOf(split(given))).toMatchObject({ code: 'ResponseTooLarge' })
})
