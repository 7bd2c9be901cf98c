import { expect, test } from 'vitest'

import { type Condition, findCondition, removeCondition, setCondition } from './conditions.ts'

const ready: Condition = {
  type: 'Ready',
  status: 'True',
  reason: 'InForce',
  message: 'fine',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
}
const synced: Condition = { ...ready, type: 'Synced' }
const later = '2026-02-02T00:00:00Z'

test.each([
  {
    name: 'a new condition goes to the end with the time given',
    given: [synced],
    set: { type: 'Ready', status: 'False', reason: 'R', message: 'm' } as const,
    want: [synced, { type: 'Ready', status: 'False', reason: 'R', message: 'm', lastTransitionTime: later }],
  },
  {
    name: 'a change of status moves the time and keeps the place',
    given: [ready, synced],
    set: { ...ready, status: 'False' } as const,
    want: [{ ...ready, status: 'False', lastTransitionTime: later }, synced],
  },
  {
    name: 'a change of reason, message or generation keeps the time',
    given: [ready, synced],
    set: { ...ready, reason: 'Other', message: 'else', observedGeneration: 2 },
    want: [{ ...ready, reason: 'Other', message: 'else', observedGeneration: 2 }, synced],
  },
])('$name', ({ given, set, want }) => {
  const before = structuredClone(given)
  expect(setCondition<Condition>(given, set, later)).toEqual(want)
  expect(given).toEqual(before)
})

test('setting what is there already gives the same list', () => {
  const list = [ready, synced]
  expect(setCondition<Condition>(list, { ...ready }, later)).toBe(list)
})

test('removal gives a list without the condition, or the same list', () => {
  const list = [ready, synced]
  expect(removeCondition(list, 'Ready')).toEqual([synced])
  expect(removeCondition(list, 'Stalled')).toBe(list)
})

test('a condition is found by its type', () => {
  expect(findCondition([ready, synced], 'Synced')).toBe(synced)
  expect(findCondition([ready], 'Synced')).toBeUndefined()
})
