import { expect, test } from 'vitest'

import { sizingTable } from './sizing-table.ts'

test('a benchmark that is not recorded is no figure', () => {
  expect(sizingTable({ soak: undefined, scheduler: undefined, containment: undefined }).split('\n').slice(2)).toEqual([
    '| soak | – | not recorded for this release |',
    '| scheduler | – | not recorded for this release |',
    '| containment | – | not recorded for this release |',
  ])
})

test('figures are those of the results', () => {
  const table = sizingTable({
    soak: {
      webhooks: 10_000,
      probe: { periodSeconds: 300 },
      quietSeconds: 600,
      resumeSeconds: 61.2,
      writes: { lease: 300, lastTest: 10_000, others: 0 },
      rssBytes: { highest: 250 * 2 ** 20 },
      connections: { mostOpen: 3 },
      scrapes: { bytes: 32 * 2 ** 20, seconds: [1, 2.5, 9], highestRssBytes: 260 * 2 ** 20 },
      cpu: 0.25,
    },
    scheduler: {
      targets: 10_000,
      periodSeconds: 60,
      lagMilliseconds: { p99: 12.34, highest: 150 },
      cpu: 0.5,
    },
    containment: {
      clusters: 200,
      hanging: 20,
      start: { with: [{ all: 9 }, { all: 10 }, { all: 11 }], ratio: { all: 1.25 } },
      change: { with: [{ all: 3.3 }], ratio: { all: 1.1 } },
    },
  })
  for (const told of [
    'at most 250 MiB',
    'at most 260 MiB; 32 MiB in 2.5 s, 9 s at most',
    '25 % of a core',
    '10,000 of `lastTest`, 300 of the Lease, 0 others',
    '61.2 s from the start',
    'late by 12.3 ms (99 %), 150 ms at most',
    '50 % of a core',
    'after a start: 10 s, 1.25 times',
    'tokens changed: 3.3 s, 1.1 times',
  ]) {
    expect(table).toContain(told)
  }
})
