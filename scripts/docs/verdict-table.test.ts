import { expect, test } from 'vitest'

import { targetReasons } from '../../src/api/reasons.ts'
import { verdictTable } from './verdict-table.ts'

test('every reason that a test can give has one row, with how it is seen and what it means', () => {
  const rows = verdictTable()
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const told = rows.map(([, reason = '']) => reason.replaceAll('`', ''))
  const notOfATest = ['SlowResponses', 'CAInvalid', 'NotTested', 'Disabled', 'Suspended']
  expect([...told, ...notOfATest].toSorted()).toEqual([...targetReasons].toSorted())
  for (const [, reason, verdict, seen, meaning] of rows) {
    expect([reason, verdict, seen, meaning]).not.toContain('')
  }
})
