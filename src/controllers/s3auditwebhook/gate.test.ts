import { expect, test } from 'vitest'

import type { Verdict, VerdictClass } from '../../target/verdict.ts'
import { gateOf, recordAnswer, type GateRecord } from './gate.ts'

function verdict(kind: VerdictClass, retryAfterMilliseconds?: number): Verdict {
  const base = { level: 2, class: kind, reason: 'ServerBusy', message: 'said the target.' } as const
  return {
    ...base,
    durationMilliseconds: 3,
    ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
  }
}

/** Asks whenever it is time to, and takes the answers in turn. */
function asked(answers: readonly Verdict[]): { readonly record: GateRecord | undefined; readonly times: number[] } {
  let record: GateRecord | undefined
  let now = 0
  const times: number[] = []
  for (const answer of answers) {
    const gate = gateOf(record, 'new', now)
    if (gate.state === 'Answered') break
    if (gate.state === 'AskLater') now += gate.afterMilliseconds
    expect(gateOf(record, 'new', now)).toEqual({ state: 'Ask' })
    times.push(now)
    record = recordAnswer(record, { key: 'new', verdict: answer, now })
  }
  return { record, times }
}

const away = verdict('transient')
const refused = verdict('misconfigured')

test.each<{
  readonly name: string
  readonly answers: readonly Verdict[]
  readonly times: number[]
  readonly stands: Verdict
}>([
  { name: 'a refusal stands at once', answers: [refused], times: [0], stands: refused },
  { name: 'an acceptance stands at once', answers: [verdict('ok')], times: [0], stands: verdict('ok') },
  { name: 'a warning stands at once', answers: [verdict('warning')], times: [0], stands: verdict('warning') },
  {
    name: 'a refusal that comes after a lost answer stands',
    answers: [away, refused],
    times: [0, 2_000],
    stands: refused,
  },
  {
    name: 'a target that is away is asked three times in seven seconds, and is away then',
    answers: [away, away, away, refused],
    times: [0, 2_000, 7_000],
    stands: away,
  },
  {
    name: 'a target that asks for a pause is not asked before, within bounds',
    answers: [verdict('transient', 4_000), verdict('transient', 3_600_000), away, away],
    times: [0, 4_000, 19_000],
    stands: away,
  },
])('$name', ({ answers, times, stands }) => {
  const { record, times: at } = asked(answers)
  expect(at).toEqual(times)
  expect(gateOf(record, 'new', (times.at(-1) ?? 0) + 1)).toEqual({ state: 'Answered', verdict: stands })
})

test('a verdict is good for a minute, and for the very setting', () => {
  const record = recordAnswer(undefined, { key: 'new', verdict: refused, now: 1_000 })
  expect(gateOf(record, 'new', 60_999)).toMatchObject({ state: 'Answered' })
  expect(gateOf(record, 'new', 61_000)).toEqual({ state: 'Ask' })
  expect(gateOf(record, 'newer', 2_000)).toEqual({ state: 'Ask' })
})

test('another setting, or a later time, is asked about from the beginning', () => {
  const { record } = asked([away, away])
  expect(recordAnswer(record, { key: 'newer', verdict: away, now: 3_000 })).toMatchObject({ asks: 1, repeatAt: 5_000 })
  expect(recordAnswer(record, { key: 'new', verdict: away, now: 500_000 })).toMatchObject({
    asks: 1,
    repeatAt: 502_000,
  })
  const { record: stood } = asked([away, away, away])
  expect(recordAnswer(stood, { key: 'new', verdict: away, now: 68_000 })).toMatchObject({ asks: 1 })
})
