import { expect, test } from 'vitest'

import type { NodeDelivery } from '../providers/provider.ts'
import { lostBetween } from './lost-events.ts'

function node(over: Partial<NodeDelivery>): NodeDelivery {
  return {
    node: 'n1',
    online: false,
    queuedEvents: 100,
    capacityEvents: 100,
    failedAttempts: 0,
    handledMessages: 100,
    ...over,
  }
}

test.each<{ name: string; before: NodeDelivery; after: NodeDelivery; want: number }>([
  {
    name: 'while nothing is sent, what was handled without a place in the queue was lost',
    before: node({}),
    after: node({ handledMessages: 140, failedAttempts: 60 }),
    want: 40,
  },
  {
    name: 'what filled the queue first was not',
    before: node({ queuedEvents: 70, handledMessages: 70 }),
    after: node({ handledMessages: 140, failedAttempts: 60 }),
    want: 40,
  },
  {
    name: 'what was sent meanwhile did not fail',
    before: node({}),
    after: node({ handledMessages: 300, failedAttempts: 7 }),
    want: 7,
  },
  {
    name: 'a queue with room loses nothing, whatever fails',
    before: node({ queuedEvents: 0, handledMessages: 0 }),
    after: node({ queuedEvents: 99, handledMessages: 99, failedAttempts: 60 }),
    want: 0,
  },
  {
    name: 'counters that started anew say nothing',
    before: node({ failedAttempts: 60 }),
    after: node({ failedAttempts: 6, handledMessages: 200 }),
    want: 0,
  },
  {
    name: 'a node that was not there before says nothing',
    before: node({ node: 'n2' }),
    after: node({ failedAttempts: 6, handledMessages: 200 }),
    want: 0,
  },
])('$name', ({ before, after, want }) => {
  expect(lostBetween({ time: 0, nodes: [before] }, { time: 30_000, nodes: [after] })).toBe(want)
})
