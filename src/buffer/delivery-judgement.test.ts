import { expect, test } from 'vitest'

import type { NodeDelivery } from '../providers/provider.ts'
import { judgeDelivery, type DeliveryJudgement, type DeliverySample } from './delivery-judgement.ts'

function node(over: Partial<NodeDelivery> = {}): NodeDelivery {
  return {
    node: 'n1',
    online: true,
    queuedEvents: 0,
    capacityEvents: 1000,
    failedAttempts: 0,
    handledMessages: 10,
    ...over,
  }
}

/** Judges a course of samples, one every 30 s. */
function course(...reports: readonly (readonly NodeDelivery[])[]): DeliveryJudgement | undefined {
  let previous: DeliverySample | undefined
  let judgement: DeliveryJudgement | undefined
  for (const [index, nodes] of reports.entries()) {
    const sample = { time: index * 30_000, nodes }
    judgement = judgeDelivery(previous, sample, judgement)
    previous = sample
  }
  return judgement
}

test.each<{ name: string; reports: NodeDelivery[][]; want: DeliveryJudgement['reason'] | undefined }>([
  {
    name: 'a report without nodes knows of nothing sent',
    reports: [[]],
    want: 'NothingSentYet',
  },
  {
    name: 'online without failures delivers',
    reports: [[node()], [node({ handledMessages: 20 })]],
    want: 'ClusterDelivers',
  },
  {
    name: 'nothing handled yet says nothing',
    reports: [[node({ online: false, handledMessages: 0 })]],
    want: 'NothingSentYet',
  },
  {
    name: 'offline after activity is an outage',
    reports: [[node({ online: false, failedAttempts: 2 })]],
    want: 'ClusterReportsOffline',
  },
  {
    name: 'one node offline is enough',
    reports: [[node(), node({ node: 'n2', online: false, failedAttempts: 1 })]],
    want: 'ClusterReportsOffline',
  },
  {
    name: 'online with failures that keep rising is a false green',
    reports: [[node()], [node({ failedAttempts: 5 })], [node({ failedAttempts: 11 })]],
    want: 'SendsFailing',
  },
  {
    name: 'failures in one interval are a blip',
    reports: [[node()], [node({ failedAttempts: 1 })]],
    want: 'ClusterDelivers',
  },
  {
    name: 'failures are over when events go out without new ones',
    reports: [
      [node()],
      [node({ failedAttempts: 5 })],
      [node({ failedAttempts: 9 })],
      [node({ failedAttempts: 9, handledMessages: 14 })],
    ],
    want: 'ClusterDelivers',
  },
  {
    name: 'an interval in which nothing moved ends no failing: senders pause, and figures are cached',
    reports: [[node()], [node({ failedAttempts: 5 })], [node({ failedAttempts: 9 })], [node({ failedAttempts: 9 })]],
    want: 'SendsFailing',
  },
  {
    name: 'failures in every second interval are no blip',
    reports: [[node()], [node({ failedAttempts: 5 })], [node({ failedAttempts: 5 })], [node({ failedAttempts: 9 })]],
    want: 'SendsFailing',
  },
  {
    name: 'events that only wait are no progress',
    reports: [
      [node()],
      [node({ failedAttempts: 5 })],
      [node({ failedAttempts: 5, queuedEvents: 6, handledMessages: 16 })],
      [node({ failedAttempts: 9, queuedEvents: 8, handledMessages: 18 })],
    ],
    want: 'SendsFailing',
  },
  {
    name: 'after minutes without a failure sends succeed, though nothing is sent',
    reports: [
      [node()],
      [node({ failedAttempts: 5 })],
      ...Array.from({ length: 21 }, () => [node({ failedAttempts: 9 })]),
    ],
    want: 'ClusterDelivers',
  },
  {
    name: 'failures that go on after a start of ours are no blip',
    reports: [[node({ failedAttempts: 9 })], [node({ failedAttempts: 12 })]],
    want: 'SendsFailing',
  },
  {
    name: 'a node that is online again has sent something',
    reports: [[node()], [node({ online: false, failedAttempts: 5 })], [node({ failedAttempts: 7 })]],
    want: 'ClusterDelivers',
  },
  {
    name: 'one node that fails is enough, whatever the others send',
    reports: [0, 1, 2].map((step) => [
      node({ handledMessages: 10 + 20 * step }),
      node({ node: 'n2', failedAttempts: 3 * step }),
    ]),
    want: 'SendsFailing',
  },
  {
    name: 'a node that has its first event in hand is not offline',
    reports: [[node({ online: false, queuedEvents: 1, handledMessages: 1 })]],
    want: 'NothingSentYet',
  },
  {
    name: 'a node whose events wait while nothing takes them has lost its sender, whatever the others send',
    reports: [1, 2].map((step) => [
      node({ handledMessages: 10 * step }),
      node({ node: 'n2', online: false, queuedEvents: 3 * step, handledMessages: 3 * step }),
    ]),
    want: 'ClusterReportsOffline',
  },
  {
    name: 'a sender that waits for its first answer has taken an event',
    reports: [1, 2].map(() => [node({ online: false, queuedEvents: 4, handledMessages: 6 })]),
    want: 'NothingSentYet',
  },
  {
    name: 'a node without traffic since a change says nothing against the others',
    reports: [[node(), node({ node: 'n2', online: false, handledMessages: 0 })]],
    want: 'ClusterDelivers',
  },
  {
    name: 'a full queue cannot grow and is no better for it',
    reports: [0, 1, 2].map((step) => [node({ queuedEvents: 1000, handledMessages: 1000 + 10 * step })]),
    want: 'QueueGrowing',
  },
  {
    name: 'a queue that shrinks again is over it',
    reports: [100, 200, 300, 250].map((queuedEvents) => [node({ queuedEvents })]),
    want: 'ClusterDelivers',
  },
  {
    name: 'old failures without a sample before cannot be judged',
    reports: [[node({ failedAttempts: 9 })]],
    want: undefined,
  },
  {
    name: 'counters that went back say nothing about the interval',
    reports: [
      [node({ failedAttempts: 9, handledMessages: 90 })],
      [node({ failedAttempts: 3, handledMessages: 4 })],
      [node({ failedAttempts: 3, handledMessages: 8 })],
    ],
    want: 'ClusterDelivers',
  },
  {
    name: 'a queue that grows without failures means a slow target',
    reports: [[node({ queuedEvents: 100 })], [node({ queuedEvents: 200 })], [node({ queuedEvents: 300 })]],
    want: 'QueueGrowing',
  },
  {
    name: 'a few events in hand are no growing queue',
    reports: [[node({ queuedEvents: 1 })], [node({ queuedEvents: 3 })], [node({ queuedEvents: 5 })]],
    want: 'ClusterDelivers',
  },
])('$name', ({ reports, want }) => {
  expect(course(...reports)?.reason).toBe(want)
})

test('a queue that grows for some seconds grows in a burst', () => {
  let previous: DeliverySample | undefined
  let judgement: DeliveryJudgement | undefined
  for (const [index, queuedEvents] of [100, 200, 300, 400].entries()) {
    const sample = { time: index * 3_000, nodes: [node({ queuedEvents })] }
    judgement = judgeDelivery(previous, sample, judgement)
    previous = sample
  }
  expect(judgement?.reason).toBe('ClusterDelivers')
})
