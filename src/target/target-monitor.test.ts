import { expect, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import type { Logger } from '../kube/logger.ts'
import type { TargetTester } from './ladder.ts'
import { createTargetMonitor, type MonitoredTarget, type TargetMonitor } from './target-monitor.ts'
import type { LadderLevel, Verdict } from './verdict.ts'

const key = 'storage/audit'

const monitored: MonitoredTarget = {
  target: {
    endpoint: new URL('https://splunk.example.com:8088/services/collector/raw'),
    targetType: 'SplunkHEC',
    tls: { verification: 'Full' },
    timeoutMilliseconds: 5000,
    resource: key,
  },
  fingerprint: 'one',
  probe: {
    mode: 'Enabled',
    periodSeconds: 30,
    timeoutSeconds: 5,
    failureThreshold: 3,
    successThreshold: 2,
    testEventPeriodSeconds: 3600,
  },
  maximumLevel: 3,
  slowMilliseconds: 2500,
  restored: {},
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

/** A target whose answers the test decides, and a record of the rounds it was asked. */
interface Bench {
  readonly clock: FakeClock
  readonly monitor: TargetMonitor
  readonly rounds: { readonly at: number; readonly levels: readonly LadderLevel[] }[]
  readonly changes: string[]
  answer: (level: LadderLevel) => Pick<Verdict, 'class' | 'reason'>
}

const healthy: Bench['answer'] = (level) => ({ class: 'ok', reason: level === 3 ? 'Accepted' : 'Healthy' })
const refused: Bench['answer'] = () => ({ class: 'transient', reason: 'ConnectionRefused' })

function bench(): Bench {
  const clock = createFakeClock()
  const rounds: Bench['rounds'] = []
  const changes: string[] = []
  const tester: TargetTester = {
    test(_target, levels, { signal }) {
      signal.throwIfAborted()
      rounds.push({ at: clock.monotonic(), levels })
      const verdicts: Verdict[] = []
      for (const level of levels) {
        const { class: verdictClass, reason } = self.answer(level)
        verdicts.push({
          level,
          class: verdictClass,
          reason,
          message: `${reason}.`,
          durationMilliseconds: 1,
          ...(level === 3 ? { testId: `event-${rounds.length}` } : {}),
        })
        if (verdictClass !== 'ok') break
      }
      return Promise.resolve(verdicts)
    },
  }
  const self: Bench = {
    clock,
    rounds,
    changes,
    answer: healthy,
    monitor: createTargetMonitor({
      tester,
      clock,
      random: () => 0.5,
      logger: silent,
      observer: { tested: () => undefined, began: () => undefined },
      onChange: (changed) => changes.push(changed),
    }),
  }
  return self
}

test('the first round climbs the whole ladder and tells that the target is reachable', async () => {
  const { clock, monitor, rounds } = bench()
  monitor.watch(key, monitored)
  await clock.advance(0)
  expect(rounds).toEqual([{ at: 0, levels: [0, 1, 2, 3] }])
  expect(monitor.snapshot(key)).toMatchObject({
    reachability: { state: 'Reachable', reason: 'Accepted' },
    lastTest: { id: 'event-1', outcome: 'ok', level: 3 },
  })
})

test('a healthy target is tested every period, and nobody is told, for nothing changed', async () => {
  const { clock, monitor, rounds, changes } = bench()
  monitor.watch(key, monitored)
  await clock.advance(0)
  changes.length = 0
  await clock.advance(10 * 30_000)
  expect(rounds).toHaveLength(11)
  expect(rounds.slice(1).every(({ levels }) => !levels.includes(3))).toBe(true)
  expect(changes).toEqual([])
})

test('a target that goes away is unreachable after three tests within seconds', async () => {
  const b = bench()
  b.monitor.watch(key, monitored)
  await b.clock.advance(0)
  b.answer = refused
  await b.clock.advance(30_000 + 2_000 + 5_000)
  expect(b.monitor.snapshot(key)?.reachability).toMatchObject({ state: 'Unreachable', reason: 'ConnectionRefused' })
})

test('a new setting is tested at once with an event of its own', async () => {
  const { clock, monitor, rounds } = bench()
  monitor.watch(key, monitored)
  await clock.advance(1_000)
  monitor.watch(key, { ...monitored, fingerprint: 'two' })
  await clock.advance(0)
  expect(rounds.at(-1)).toEqual({ at: 1_000, levels: [0, 1, 2, 3] })
})

test('a requested test runs at once and is answered by its value, once', async () => {
  const { clock, monitor, rounds } = bench()
  monitor.watch(key, monitored)
  await clock.advance(1_000)
  const requested = { ...monitored, testRequest: 'now' }
  monitor.watch(key, requested)
  await clock.advance(0)
  expect(rounds.at(-1)?.levels).toEqual([0, 1, 2, 3])
  expect(monitor.snapshot(key)).toMatchObject({
    handledTestRequest: 'now',
    requestedTest: { passed: true, summary: '0 ok Healthy; 1 ok Healthy; 2 ok Healthy; 3 ok Accepted. Accepted.' },
  })
  monitor.watch(key, requested)
  await clock.advance(1_000)
  expect(rounds).toHaveLength(2)
})

test('after a restart the outage and its beginning are still known, and no event is sent before its time', async () => {
  const b = bench()
  b.answer = refused
  const restoredAt = new Date(b.clock.now() - 600_000).toISOString()
  b.monitor.watch(key, {
    ...monitored,
    restored: {
      target: {
        status: { state: 'Unreachable', reason: 'ConnectionRefused', lastTransitionTime: restoredAt },
        message: 'ConnectionRefused.',
      },
      lastTest: { time: restoredAt, id: 'before', level: 3, outcome: 'ok', reason: 'Accepted' },
    },
  })
  await b.clock.advance(1_000)
  expect(b.monitor.snapshot(key)).toMatchObject({
    reachability: { state: 'Unreachable', outageStartTime: Date.parse(restoredAt) },
    lastTest: { id: 'before' },
  })
  expect(b.changes).toEqual([])
})

test('the token that is not known is not tested', async () => {
  const { clock, monitor, rounds } = bench()
  monitor.watch(key, { ...monitored, maximumLevel: 1 })
  await clock.advance(0)
  expect(rounds[0]?.levels).toEqual([0, 1])
  expect(monitor.snapshot(key)?.reachability.state).toBe('Reachable')
})

test('nothing runs after the target is given up, and no timer stays', async () => {
  const { clock, monitor, rounds } = bench()
  monitor.watch(key, monitored)
  await clock.advance(0)
  monitor.unwatch(key)
  await clock.advance(3_600_000)
  expect(rounds).toHaveLength(1)
  expect(clock.pending()).toBe(0)
  expect(monitor.snapshot(key)).toBeUndefined()
})

test('disposing ends every round and every timer', async () => {
  const { clock, monitor } = bench()
  monitor.watch(key, monitored)
  monitor.watch('storage/other', monitored)
  await clock.advance(0)
  await monitor[Symbol.asyncDispose]()
  expect(clock.pending()).toBe(0)
})

test('of many targets that are due at once only some are tested at a time, the others in their turn', async () => {
  const clock = createFakeClock()
  const running = new Map<string, () => void>()
  const tested: string[] = []
  const tester: TargetTester = {
    async test({ resource }) {
      await new Promise<void>((resolve) => running.set(resource, resolve))
      running.delete(resource)
      tested.push(resource)
      return []
    },
  }
  await using monitor = createTargetMonitor({
    tester,
    clock,
    random: () => 0.5,
    logger: silent,
    observer: { tested: () => undefined, began: () => undefined },
    onChange: () => undefined,
  })
  const keys = Array.from({ length: 1_200 }, (_, index) => `storage/audit-${index}`)
  const targetOf = (each: string): MonitoredTarget['target'] => {
    const host = each.replace('storage/', '')
    return {
      ...monitored.target,
      endpoint: new URL(`https://${host}.example.com/services/collector/raw`),
      resource: each,
    }
  }
  for (const each of keys) monitor.watch(each, { ...monitored, target: targetOf(each) })
  await clock.advance(0)
  expect([...running.keys()]).toEqual(keys.slice(0, 512))

  // One that is given up while it waits loses its turn, a new setting does not give a second one.
  monitor.unwatch(keys[512] ?? '')
  const changed = { ...monitored, target: targetOf(keys[513] ?? ''), fingerprint: 'two' }
  monitor.watch(keys[513] ?? '', changed)
  await clock.advance(0)
  running.get(keys[7] ?? '')?.()
  await clock.advance(0)
  expect([...running.keys()].at(-1)).toBe(keys[513])
  expect(running.size).toBe(512)

  while (running.size > 0) {
    running.forEach((finish) => finish())
    await clock.advance(0)
  }
  expect(tested.toSorted()).toEqual(keys.filter((each) => each !== keys[512]).toSorted())
})
