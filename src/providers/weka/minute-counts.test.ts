import { expect, test } from 'vitest'

import { minuteCounts } from './minute-counts.ts'

const start = Date.UTC(2026, 0, 1)

/** An answer with these rows' statistics, a row a minute. */
function body(rows: readonly object[], { gapSeconds = 60 }: { readonly gapSeconds?: number } = {}): object {
  const timed = rows.map((stats, index) => ({
    timestamp: new Date(start + index * gapSeconds * 1000).toISOString(),
    stats,
  }))
  return { data: { all: { ops_s3: timed } } }
}

const twelve = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? 100 : 40))
const counted = (counts: readonly unknown[]): object[] => counts.map((count) => ({ API_OPS: count }))

test.each<{ name: string; given: unknown; want: readonly number[] }>([
  { name: 'a number in each minute', given: body(counted(twelve)), want: twelve },
  { name: 'numbers as text', given: body(counted(twelve.map(String))), want: twelve },
  { name: 'minutes in another order', given: reversed(body(counted([5, ...twelve]))), want: [5, ...twelve] },
  {
    name: 'minutes without a number, which are left out',
    given: body(counted([...twelve, null, 'null', -1, 7])),
    want: [...twelve, 7],
  },
  {
    name: 'kinds of calls, whose sum it is',
    given: body(twelve.map((count) => ({ 'API_OPS.GetObject': count, 'API_OPS[api: PutObject]': 1 }))),
    want: twelve.map((count) => count + 1),
  },
  {
    name: 'kinds of calls beside their sum, which is not counted twice',
    given: body(twelve.map((count) => ({ API_OPS: count, 'API_OPS.GetObject': count }))),
    want: twelve,
  },
  {
    name: 'other statistics, which are not it',
    given: body(twelve.map((count) => ({ API_OPS: count, API_OPS_FAILED: 9, API_TTFB: 9 }))),
    want: twelve,
  },
  { name: 'the answer in an array of one', given: { data: [dataOf(body(counted(twelve)))] }, want: twelve },
  { name: 'a quiet cluster', given: body(counted(twelve.map(() => 0))), want: twelve.map(() => 0) },
])('are read: $name', ({ given, want }) => {
  expect(minuteCounts(given)).toEqual(want)
})

const rising = Array.from({ length: 40 }, (_, index) => ({ API_OPS: index * 100 }))

test.each<{ name: string; given: unknown }>([
  { name: 'nothing', given: null },
  { name: 'no envelope', given: { all: { ops_s3: [] } } },
  { name: 'no such category', given: { data: { all: {} } } },
  { name: 'another type in a row', given: { data: { all: { ops_s3: ['10'] } } } },
  { name: 'no rows', given: body([]) },
  { name: 'too few of them', given: body(counted([1, 2, 3])) },
  { name: 'no such statistic', given: body(twelve.map((count) => ({ FS_RQ: count, API_OPSX: count }))) },
  { name: 'times that are none', given: JSON.parse(JSON.stringify(body(counted(twelve))).replace('2026-', 'soon-')) },
  { name: 'hours instead of minutes', given: body(counted(twelve), { gapSeconds: 3600 }) },
  { name: 'seconds instead of minutes', given: body(counted(twelve), { gapSeconds: 1 }) },
  { name: 'a row for each node', given: body(counted(twelve), { gapSeconds: 0 }) },
  { name: 'a total since the start', given: body(rising) },
])('are not guessed from $name', ({ given }) => {
  expect(minuteCounts(given)).toBeUndefined()
})

test('a cluster that gets busier is no running total once it pauses', () => {
  expect(minuteCounts(body([...rising, { API_OPS: 10 }]))).toHaveLength(41)
})

function dataOf(given: object): unknown {
  return 'data' in given ? given.data : undefined
}

function reversed(given: object): object {
  const { data } = given as { data: { all: { ops_s3: readonly object[] } } }
  return { data: { all: { ops_s3: data.all.ops_s3.toReversed() } } }
}
