import { expect, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { Secret } from '../observability/secret.ts'
import type { TargetSpec, TargetTester } from './ladder.ts'
import { shareTests } from './share-tests.ts'
import type { LadderLevel, Verdict } from './verdict.ts'

interface Bench {
  readonly clock: FakeClock
  readonly tester: TargetTester
  /** `<level> <resource>` of every test that was really run. */
  readonly run: string[]
  aborted: number
}

/** Every level takes a second and passes. */
function bench(): Bench {
  const clock = createFakeClock()
  const run: string[] = []
  const real: TargetTester = {
    async test({ resource }, levels, { signal }) {
      const [level = 0] = levels
      run.push(`${level} ${resource}`)
      signal.addEventListener('abort', () => self.aborted++)
      await new Promise<void>((resolve) => void clock.timer(1_000, resolve))
      signal.throwIfAborted()
      const verdict: Verdict = { level, class: 'ok', reason: 'Healthy', message: '', durationMilliseconds: 1_000 }
      return [verdict]
    },
  }
  const self: Bench = { clock, run, aborted: 0, tester: shareTests(real, { clock }) }
  return self
}

const spec = (resource: string, more: Partial<TargetSpec> = {}): TargetSpec => ({
  endpoint: new URL('https://siem.example:8088/services/collector/raw'),
  targetType: 'SplunkHEC',
  authorization: new Secret('Splunk one'),
  tls: { verification: 'Full' },
  timeoutMilliseconds: 5_000,
  resource,
  ...more,
})
const all: readonly LadderLevel[] = [0, 1, 2, 3]
const never = new AbortController().signal

test('resources with the same target share all but the event, which bears their mark', async () => {
  const { clock, tester, run } = bench()
  const results = ['a', 'b', 'c'].map((name) => tester.test(spec(name), all, { signal: never }))
  await clock.advance(4_000)
  expect((await Promise.all(results)).map((verdicts) => verdicts.map(({ level }) => level))).toEqual([all, all, all])
  expect(run).toEqual(['0 a', '1 a', '2 a', '3 a', '3 b', '3 c'])
})

test('another token shares the way there and nothing else', async () => {
  const { clock, tester, run } = bench()
  void tester.test(spec('a'), [0, 1], { signal: never })
  void tester.test(spec('b', { authorization: new Secret('Splunk two') }), [0, 1], { signal: never })
  await clock.advance(4_000)
  expect(run).toEqual(['0 a', '1 a', '1 b'])
})

test.each([
  { name: 'trust', more: { tls: { verification: 'None' } as const } },
  { name: 'host', more: { endpoint: new URL('https://other.example:8088/services/collector/raw') } },
  { name: 'time-out', more: { timeoutMilliseconds: 1_000 } },
])('another $name shares nothing', async ({ more }) => {
  const { clock, tester, run } = bench()
  void tester.test(spec('a'), [0], { signal: never })
  void tester.test(spec('b', more), [0], { signal: never })
  await clock.advance(4_000)
  expect(run).toEqual(['0 a', '0 b'])
})

test('a verdict serves others for a moment after it came, but nobody twice', async () => {
  const { clock, tester, run } = bench()
  void tester.test(spec('a'), [0], { signal: never })
  await clock.advance(1_500)
  void tester.test(spec('b'), [0], { signal: never })
  await clock.advance(0)
  expect(run).toEqual(['0 a'])
  void tester.test(spec('a'), [0], { signal: never })
  await clock.advance(3_000)
  expect(run).toEqual(['0 a', '0 a'])
  void tester.test(spec('c'), [0], { signal: never })
  await clock.advance(0)
  expect(run).toEqual(['0 a', '0 a', '0 c'])
})

test('a test goes on while anybody waits for it, and no longer', async () => {
  const b = bench()
  const [first, second] = [new AbortController(), new AbortController()]
  const one = b.tester.test(spec('a'), [0], { signal: first.signal })
  const two = b.tester.test(spec('b'), [0], { signal: second.signal })
  first.abort(new Error('first gone'))
  await expect(one).rejects.toThrow('first gone')
  expect(b.aborted).toBe(0)
  second.abort(new Error('second gone'))
  await expect(two).rejects.toThrow('second gone')
  expect(b.aborted).toBe(1)
  const three = b.tester.test(spec('a'), [0], { signal: never })
  await b.clock.advance(1_000)
  expect(await three).toHaveLength(1)
})
