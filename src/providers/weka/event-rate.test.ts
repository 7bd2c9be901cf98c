import { describe, expect, it } from 'vitest'

import {
  desiredWebhook,
  key,
  startWekaCluster,
  statusesOf,
  type WekaCluster,
} from '../../../test/support/weka-cluster.ts'

const minute = 60_000
const hour = 60 * minute

const requests = (weka: WekaCluster): readonly string[] =>
  weka.simulator
    .requests()
    .map(({ path }) => path.replace('/api/v2', ''))
    .filter((path) => path === '/stats' || path === '/s3/containersAreReady')

describe('the usual rate of S3 calls at one server', () => {
  it.each([false, true])(
    'is told at the second time, by one request each (by kind of call: %s)',
    async (statsByApi) => {
      const weka = await startWekaCluster({ servers: 3, knobs: { operationsPerMinute: [600, 1200], statsByApi } })
      const { signal } = new AbortController()
      const provider = weka.provider()
      expect(await provider.eventRate?.({ signal })).toBeUndefined()
      expect(requests(weka)).toEqual(['/s3/containersAreReady'])
      expect(await provider.eventRate?.({ signal })).toBe(300)
      expect(requests(weka)).toEqual(['/s3/containersAreReady', '/stats'])
    },
  )

  it('is repeated for an hour without a request, and then asked for anew', async ({ signal }) => {
    const weka = await startWekaCluster({ servers: 1, knobs: { operationsPerMinute: [60] } })
    const provider = weka.provider()
    const rates: (number | undefined)[] = []
    for (let passed = 0; passed < 24; passed++) {
      rates.push(await weka.settle(provider.eventRate?.({ signal }) ?? Promise.resolve(undefined)))
      await weka.clock.advance(5 * minute)
    }
    expect(rates).toEqual([undefined, ...Array.from({ length: 23 }, () => 60)])
    expect(requests(weka)).toHaveLength(4)
    weka.simulator.setKnobs({ operationsPerMinute: [600] })
    await weka.clock.advance(hour)
    await provider.eventRate?.({ signal })
    expect(await provider.eventRate?.({ signal })).toBe(600)
  })

  it('is not told of a cluster that nobody uses', async ({ signal }) => {
    const weka = await startWekaCluster()
    const provider = weka.provider()
    await provider.eventRate?.({ signal })
    expect(await provider.eventRate?.({ signal })).toBeUndefined()
    expect(statusesOf(weka, '/stats')).toEqual([200])
  })

  it.each([403, 404] as const)(
    'is not asked for again for a day after %i, with one line in the log',
    async (statsStatus) => {
      const weka = await startWekaCluster({ knobs: { statsStatus } })
      const { signal } = new AbortController()
      const { clock, provider, simulator, logged, settle } = weka
      const cluster = provider()
      await settle(cluster.apply(key, desiredWebhook(), { signal }))
      const enables = simulator.counters().enables
      const passes = async (count: number): Promise<void> => {
        for (let pass = 0; pass < count; pass++) {
          expect(await settle(cluster.eventRate?.({ signal }) ?? Promise.resolve(1))).toBeUndefined()
          await clock.advance(hour)
        }
      }
      await passes(20)
      expect(statusesOf(weka, '/stats')).toEqual([statsStatus])
      await passes(30)
      expect(statusesOf(weka, '/stats')).toEqual([statsStatus, statsStatus])
      expect(logged.filter((line) => line.includes('rate of S3 calls'))).toHaveLength(1)
      expect(await settle(cluster.read(key, { signal }))).toMatchObject({ state: 'Present' })
      expect(simulator.counters()).toMatchObject({ failedLogins: 0, enables })
    },
  )

  it('is not waited for longer than ten seconds, and the one of before stands', async ({ signal }) => {
    const weka = await startWekaCluster({ servers: 1, knobs: { operationsPerMinute: [60] } })
    const { clock, provider, simulator, settle } = weka
    const cluster = provider({ requestTimeoutMilliseconds: 60_000 })
    const rate = (): Promise<number | undefined> =>
      settle(cluster.eventRate?.({ signal }) ?? Promise.resolve(undefined))
    await rate()
    expect(await rate()).toBe(60)
    simulator.setKnobs({ backendFaults: { 0: { mode: 'stall', path: '/stats' } } })
    await clock.advance(hour)
    await rate()
    const before = clock.monotonic()
    expect(await rate()).toBe(60)
    expect(clock.monotonic() - before).toBeLessThan(15_000)
    simulator.setKnobs({ backendFaults: {}, operationsPerMinute: [120] })
    const asked = requests(weka).length
    await clock.advance(9 * minute)
    expect(await rate()).toBe(60)
    expect(requests(weka)).toHaveLength(asked)
    await clock.advance(minute)
    await rate()
    expect(await rate()).toBe(120)
  })

  it('is a question that can be called off', async () => {
    const weka = await startWekaCluster({ knobs: { latencyMilliseconds: 600_000 } })
    const abort = new AbortController()
    const asked = weka.provider().eventRate?.({ signal: abort.signal })
    abort.abort(new Error('stopped'))
    await expect(asked).rejects.toThrow('stopped')
  })
})
