import { describe, expect, it } from 'vitest'

import { failureOf } from '../../../test/support/failure-of.ts'
import { administrator, desiredWebhook, key, startWekaCluster } from '../../../test/support/weka-cluster.ts'
import { ProviderError } from '../provider-error.ts'

const second = 1_000
const minute = 60 * second

describe('a session with a WEKA cluster', () => {
  it('is one login for many calls at once', async ({ signal }) => {
    const { simulator, provider } = await startWekaCluster()
    const cluster = provider()
    await Promise.all(Array.from({ length: 8 }, () => cluster.identify({ signal })))
    expect(simulator.counters()).toMatchObject({ logins: 1, refreshes: 0 })
  })

  it('is refreshed half a minute before it ends, once', async ({ signal }) => {
    const { simulator, clock, provider } = await startWekaCluster()
    const cluster = provider()
    await cluster.identify({ signal })
    await clock.advance(269 * second)
    await cluster.identify({ signal })
    expect(simulator.counters()).toMatchObject({ logins: 1, refreshes: 0 })
    await clock.advance(2 * second)
    await Promise.all([cluster.identify({ signal }), cluster.read(key, { signal })])
    expect(simulator.counters()).toMatchObject({ logins: 1, refreshes: 1 })
  })

  it('begins anew when it cannot be refreshed', async ({ signal }) => {
    const { simulator, clock, provider } = await startWekaCluster()
    const cluster = provider()
    await cluster.identify({ signal })
    simulator.revokeTokens('AllTokens')
    await clock.advance(10 * minute)
    await cluster.identify({ signal })
    expect(simulator.counters()).toMatchObject({ logins: 2, refreshes: 0 })
  })

  it('begins anew, once, when the cluster ends it early', async ({ signal }) => {
    const { simulator, provider } = await startWekaCluster()
    const cluster = provider()
    await cluster.identify({ signal })
    simulator.revokeTokens('AccessTokens')
    await Promise.all([cluster.identify({ signal }), cluster.read(key, { signal })])
    expect(simulator.counters()).toMatchObject({ logins: 2, failedLogins: 0 })
  })

  it('begins anew when the route that refreshes it keeps failing', async ({ signal }) => {
    const { simulator, clock, provider } = await startWekaCluster()
    const cluster = provider()
    await cluster.identify({ signal })
    simulator.setKnobs({ backendFaults: { '0': { mode: 'serverError', path: '/login/refresh' } } })
    await clock.advance(5 * minute)
    expect(await failureOf(cluster.identify({ signal }))).toMatchObject({ code: 'ClusterUnreachable' })
    await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: simulator.guid })
    expect(simulator.counters()).toMatchObject({ logins: 2, refreshes: 0 })
  })

  it('learns at its next refresh that the account has another role', async ({ signal }) => {
    const { simulator, clock, provider, settle } = await startWekaCluster({
      users: [{ ...administrator, role: 'ReadOnly' }],
    })
    const cluster = provider()
    const apply = (): Promise<void> => settle(cluster.apply(key, desiredWebhook(), { signal }))
    expect(await failureOf(apply())).toMatchObject({ code: 'PermissionDenied' })
    simulator.setUser(administrator)
    await clock.advance(4.6 * minute)
    await apply()
    expect(simulator.counters()).toMatchObject({ logins: 1, refreshes: 1, enables: 1 })
  })

  it('lasts although its tokens live for seconds', async ({ signal }) => {
    const { simulator, clock, provider } = await startWekaCluster()
    simulator.setTokenLifetime({ accessSeconds: 10 })
    const cluster = provider()
    for (let call = 0; call < 3; call++) await cluster.identify({ signal })
    expect(simulator.counters()).toMatchObject({ logins: 1, refreshes: 0 })
    await clock.advance(6 * second)
    await cluster.identify({ signal })
    expect(simulator.counters()).toMatchObject({ logins: 1, refreshes: 1 })
  })

  it('goes on for the others when one caller gives up', async ({ signal }) => {
    const { simulator, provider, settle } = await startWekaCluster({ knobs: { latencyMilliseconds: 100 } })
    const cluster = provider()
    const abort = new AbortController()
    const impatient = cluster.identify({ signal: abort.signal })
    const patient = cluster.identify({ signal })
    const reason = new Error('Enough')
    abort.abort(reason)
    await expect(impatient).rejects.toBe(reason)
    await expect(settle(patient)).resolves.toMatchObject({ id: simulator.guid })
    expect(simulator.counters().logins).toBe(1)
  })
})

describe('a refused login', () => {
  it('is not repeated until a lock-out would have ended', async ({ signal }) => {
    const { simulator, clock, provider } = await startWekaCluster()
    const cluster = provider({ password: 'wrong' })
    const rejected = { code: 'CredentialsRejected', retryAfterMilliseconds: 125 * second }
    const first = await failureOf(cluster.identify({ signal }))
    expect(first).toMatchObject(rejected)
    for (let call = 0; call < 10; call++) await failureOf(cluster.read(key, { signal }))
    expect(simulator.counters().failedLogins).toBe(1)

    await clock.advance(124 * second)
    const later = await failureOf(cluster.apply(key, desiredWebhook(), { signal }))
    expect(later).toMatchObject({ ...rejected, retryAfterMilliseconds: second, message: (first as Error).message })
    expect(simulator.counters().failedLogins).toBe(1)

    await clock.advance(2 * second)
    const again = { ...rejected, retryAfterMilliseconds: 500 * second }
    expect(await failureOf(cluster.identify({ signal }))).toMatchObject(again)
    expect(simulator.counters().failedLogins).toBe(2)
  })

  it('is repeated ever more seldom, up to each half hour', async ({ signal }) => {
    const { clock, provider } = await startWekaCluster()
    const cluster = provider({ password: 'wrong' })
    const waits: unknown[] = []
    for (let login = 0; login < 7; login++) {
      const error = await failureOf(cluster.identify({ signal }))
      const wait = error instanceof ProviderError ? (error.retryAfterMilliseconds ?? 0) : 0
      waits.push(wait / second)
      await clock.advance(wait + second)
    }
    expect(waits).toEqual([125, 500, 1_800, 1_800, 1_800, 1_800, 1_800])
  })

  it('is tried at once with a changed Secret', async ({ signal }) => {
    const { simulator, provider } = await startWekaCluster()
    await failureOf(provider({ password: 'wrong' }).identify({ signal }))
    await expect(provider().identify({ signal })).resolves.toMatchObject({ id: simulator.guid })
  })

  describe.each(['stall', 'reset'] as const)('may be one whose answer does not come (%s)', (mode) => {
    const requestTimeoutMilliseconds = 200
    const lost = { '0': { mode, path: '/login' }, '1': { mode, path: '/login' }, '2': { mode, path: '/login' } }

    it('and is sent twice within a lock-out at most', async ({ signal }) => {
      const { simulator, clock, provider, settle } = await startWekaCluster({
        backends: 3,
        knobs: { backendFaults: lost },
      })
      const logins = (): number => simulator.requests().filter(({ path }) => path.endsWith('/login')).length
      const cluster = provider({ requestTimeoutMilliseconds })
      const unanswered = { code: 'ClusterUnreachable', retryAfterMilliseconds: 125 * second }
      for (let call = 0; call < 4; call++) {
        expect(await failureOf(settle(cluster.identify({ signal })))).toMatchObject(unanswered)
      }
      expect(logins()).toBe(2)
      await clock.advance(126 * second)
      simulator.setKnobs({ backendFaults: {} })
      await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: simulator.guid })
      expect(logins()).toBe(3)
    })

    it('and is sent to every endpoint once the password has proved right', async ({ signal }) => {
      const { simulator, provider, settle } = await startWekaCluster({ backends: 3 })
      const cluster = provider({ requestTimeoutMilliseconds })
      await cluster.identify({ signal })
      simulator.setKnobs({ backendFaults: { '0': lost[0], '1': lost[1] } })
      simulator.revokeTokens('AllTokens')
      await expect(settle(cluster.identify({ signal }))).resolves.toMatchObject({ id: simulator.guid })
    })
  })

  it('never locks the account by itself', async ({ signal }) => {
    const { simulator, clock, provider } = await startWekaCluster()
    const cluster = provider({ password: 'wrong' })
    for (let tenSeconds = 0; tenSeconds < 45; tenSeconds++) {
      expect(await failureOf(cluster.identify({ signal }))).toMatchObject({ code: 'CredentialsRejected' })
      await clock.advance(10 * second)
    }
    expect(simulator.counters().failedLogins).toBeLessThan(5)
  })

  it('waits as long as the cluster says that the account is locked', async ({ signal }) => {
    const { simulator, clock, provider } = await startWekaCluster()
    simulator.setLockout({ threshold: 1, durationMilliseconds: 115 * second })
    await failureOf(provider({ password: 'wrong' }).identify({ signal }))
    const cluster = provider()
    const locked = await failureOf(cluster.identify({ signal }))
    expect(locked).toMatchObject({ code: 'CredentialsLockedOut', retryAfterMilliseconds: 120 * second })
    await clock.advance(119 * second)
    const logged = simulator.requests().length
    expect(await failureOf(cluster.identify({ signal }))).toMatchObject({ code: 'CredentialsLockedOut' })
    expect(simulator.requests()).toHaveLength(logged)
    await clock.advance(2 * second)
    await expect(cluster.identify({ signal })).resolves.toMatchObject({ id: simulator.guid })
  })

  it('is remembered when the password changes under a running session', async ({ signal }) => {
    const { simulator, provider } = await startWekaCluster()
    const cluster = provider()
    await cluster.identify({ signal })
    simulator.setUser({ ...administrator, password: 'another' })
    simulator.revokeTokens('AllTokens')
    for (let call = 0; call < 3; call++) {
      expect(await failureOf(cluster.identify({ signal }))).toMatchObject({ code: 'CredentialsRejected' })
    }
    expect(simulator.counters()).toMatchObject({ logins: 1, failedLogins: 1 })
  })
})

it('writes neither password nor session to logs, errors or the log of requests', async ({ signal }) => {
  const { simulator, logged, clock, provider } = await startWekaCluster()
  const cluster = provider()
  await cluster.identify({ signal })
  await clock.advance(5 * minute)
  await cluster.identify({ signal })
  const wrong = 'Wrong-horse-1'
  const error = await failureOf(provider({ password: wrong }).identify({ signal }))
  const seen = [...logged, JSON.stringify(simulator.requests()), String(error), JSON.stringify(error)].join('\n')
  expect(seen).toContain('/login')
  for (const secret of [administrator.password, wrong]) expect(seen).not.toContain(secret)
  expect(JSON.stringify(simulator.requests())).toContain('"password":"[redacted]"')
  expect(JSON.stringify(simulator.requests())).toContain('"refresh_token":"[redacted]"')
})

it('fails calls after it was closed, and logs in no more', async ({ signal }) => {
  const { simulator, provider } = await startWekaCluster()
  const cluster = provider()
  await cluster[Symbol.asyncDispose]()
  expect(await failureOf(cluster.identify({ signal }))).toMatchObject({ code: 'ClusterUnreachable' })
  expect(simulator.requests()).toEqual([])
})
