import { describe, expect, it } from 'vitest'

import { failureOf } from '../../../test/support/failure-of.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import {
  desiredWebhook,
  endpoint,
  startWekaCluster,
  statusesOf,
  key,
  token,
} from '../../../test/support/weka-cluster.ts'
import type { HttpClient } from '../../net/http-client.ts'
import { TransportError } from '../../net/transport-error.ts'
import { createManagementApi, type ManagementApi } from './management-api.ts'

const second = 1_000

describe('several endpoints', () => {
  const faults = ['unavailable', 'reset', 'stall'] as const
  it.each(faults)('serve for one that is %s', async (mode) => {
    const weka = await startWekaCluster({ backends: 3, knobs: { backendFaults: { '0': { mode } } } })
    const cluster = weka.provider({ requestTimeoutMilliseconds: 300 })
    const { signal } = new AbortController()
    await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: weka.simulator.guid })
    // The one that answered is kept.
    await cluster.identify({ signal })
    expect(weka.simulator.counters().requestsPerBackend).toEqual([1, 4, 0])
  })

  it('serve for one with a certificate of a stranger', async ({ signal }) => {
    const weka = await startWekaCluster({ plainHttp: false, backends: 2 })
    weka.simulator.setKnobs({ backendFaults: { '0': { mode: 'untrusted' } } })
    const { caPem = '' } = weka.simulator
    const cluster = weka.provider({ trust: { verification: 'Full', caCertificate: caPem } })
    await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: weka.simulator.guid })
    expect(weka.simulator.counters().requestsPerBackend[0]).toBe(0)
  })

  it('are each asked by every one of several calls at once', async ({ signal }) => {
    const fault = { mode: 'unavailable' } as const
    const weka = await startWekaCluster({ backends: 4 })
    const cluster = weka.provider()
    await cluster.identify({ signal })
    weka.simulator.setKnobs({ backendFaults: { '0': fault, '1': fault, '2': fault } })
    const calls = Array.from({ length: 6 }, () => cluster.identify({ signal }))
    expect(new Set((await Promise.all(calls)).map(({ id }) => id))).toEqual(new Set([weka.simulator.guid]))
  })

  it('are begun with one taken at random', async ({ signal }) => {
    const weka = await startWekaCluster({ backends: 3 })
    await weka.provider({ random: () => 0.99 }).identify({ signal })
    expect(weka.simulator.counters().requestsPerBackend).toEqual([0, 0, 3])
  })

  it('give the same message whichever is asked first', async ({ signal }) => {
    const { simulator, provider } = await startWekaCluster({ backends: 3 })
    await Promise.all([0, 1, 2].map((index) => simulator.stopBackend(index)))
    const messages = await Promise.all(
      [0, 0.5, 0.99].map(async (at) => String(await failureOf(provider({ random: () => at }).identify({ signal })))),
    )
    expect(new Set(messages).size).toBe(1)
    for (const { host } of simulator.endpoints) expect(messages[0]).toContain(host)
  })

  it('may be alone and is asked again when it broke off', async ({ signal }) => {
    const knobs = { backendFaults: { '0': { mode: 'reset', count: 1 } } } as const
    const weka = await startWekaCluster({ knobs })
    await weka.settle(weka.provider().identify({ signal }))
    expect(statusesOf(weka, '/login')).toEqual([0, 200])
  })
})

describe('endpoints that never answer', () => {
  const cases = [
    { endpoints: 1, requestTimeoutSeconds: 60, want: [60] },
    { endpoints: 2, requestTimeoutSeconds: 60, want: [30, 30] },
    { endpoints: 3, requestTimeoutSeconds: 60, want: [20, 20, 20] },
    { endpoints: 16, requestTimeoutSeconds: 60, want: [20, 20, 20, 20, 20] },
    { endpoints: 3, requestTimeoutSeconds: 5, want: [5, 5, 5] },
    { endpoints: 2, requestTimeoutSeconds: 300, want: [150, 150] },
  ]
  it.each(cases)('share the time of a read: %o', async ({ endpoints, requestTimeoutSeconds, want }) => {
    const { api, waited } = unanswered(endpoints, requestTimeoutSeconds * second)
    const { signal } = new AbortController()
    const error = await failureOf(api.call({ method: 'GET', path: '/cluster', repeatable: true }, signal))
    expect(error).toMatchObject({ code: 'ClusterUnreachable' })
    expect(waited.map((time) => time / second)).toEqual(want)
  })

  it('leave a change the whole time', async ({ signal }) => {
    const { api, waited } = unanswered(3, 60 * second)
    await failureOf(api.call({ method: 'POST', path: '/s3/auditWebhook/disable', repeatable: false }, signal))
    expect(waited).toEqual([60 * second])
  })
})

/** Endpoints that take every request, and how long each was waited for. */
function unanswered(
  endpoints: number,
  requestTimeoutMilliseconds: number,
): { readonly api: ManagementApi; readonly waited: readonly number[] } {
  const waited: number[] = []
  const httpClient: HttpClient = {
    request({ url, timeoutMilliseconds }) {
      waited.push(timeoutMilliseconds)
      return Promise.reject(new TransportError('ResponseTimeout', `${url.host}: no answer`))
    },
    connect: () => Promise.resolve({ durationMilliseconds: 0 }),
  }
  const api = createManagementApi({
    endpoints: Array.from({ length: endpoints }, (_, index) => new URL(`https://weka-${index}:14000/`)),
    httpClient,
    requestTimeoutMilliseconds,
    clock: createFakeClock(),
    random: () => 0,
    logger: undefined,
    memory: { preferred: 0 },
  })
  return { api, waited }
}

describe('a cluster that throttles', () => {
  it('is asked again after the time it wishes', async ({ signal }) => {
    const knobs = { backendFaults: { '0': { mode: 'throttled', count: 2, retryAfterSeconds: 7 } } } as const
    const weka = await startWekaCluster({ knobs })
    const started = weka.clock.monotonic()
    await weka.settle(weka.provider().identify({ signal }))
    expect(weka.clock.monotonic() - started).toBeGreaterThanOrEqual(14 * second)
    expect(statusesOf(weka, '/login')).toEqual([429, 429, 200])
  })

  it('is left alone after some tries, or at once when it wishes too long a time', async ({ signal }) => {
    const weka = await startWekaCluster({ knobs: { backendFaults: { '0': { mode: 'throttled' } } } })
    expect(await failureOf(weka.settle(weka.provider().identify({ signal })))).toMatchObject({
      code: 'ClusterUnreachable',
    })
    expect(statusesOf(weka, '/login')).toHaveLength(4)
    weka.simulator.setKnobs({ backendFaults: { '0': { mode: 'throttled', retryAfterSeconds: 300 } } })
    expect(await failureOf(weka.provider().identify({ signal }))).toMatchObject({
      code: 'ClusterUnreachable',
      retryAfterMilliseconds: 300 * second,
    })
    expect(statusesOf(weka, '/login')).toHaveLength(5)
  })
})

describe('a cluster in the middle of an upgrade', () => {
  it('is one cluster whichever release answers', async ({ signal }) => {
    const knobs = { backendReleases: { '0': '5.1.0', '1': '6.0.1' } }
    const weka = await startWekaCluster({ backends: 3, release: '5.1.0', knobs })
    const cluster = weka.provider()
    await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: weka.simulator.guid, version: '5.1.0' })
    await weka.simulator.stopBackend(0)
    await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: weka.simulator.guid, version: '6.0.1' })
  })

  it('is changed through those of its backends that serve', async ({ signal }) => {
    const away = { mode: 'unavailable' } as const
    const weka = await startWekaCluster({ backends: 3, knobs: { backendFaults: { '0': away, '1': away } } })
    await weka.settle(weka.provider().apply(key, desiredWebhook(), { signal }))
    expect(weka.simulator.counters()).toMatchObject({ logins: 1, enables: 1 })
    expect(weka.simulator.webhook()).toEqual({ endpoint, authToken: token, enabled: true })
  })

  it.each(['4.2.0', '4.2.18.2', '4.3.6', '4.4.6.11-5f7c2d1a', '5.0.2', '5.1.0', '6.0.0'])(
    'is served the same with release %s',
    async (release) => {
      const weka = await startWekaCluster({ release })
      const cluster = weka.provider()
      const { signal } = new AbortController()
      await expect(cluster.identify({ signal })).resolves.toMatchObject({ version: release })
      await weka.settle(cluster.apply(key, desiredWebhook(), { signal }))
      expect(weka.simulator.counters().enables).toBe(1)
    },
  )
})
