import { describe, expect, test } from 'vitest'

import { campaign, openLeaseServer, theirs } from '../../test/support/campaign.ts'
import type { LeaseServer } from '../../test/support/lease-server.ts'

/** Writes that reached the server. */
const writes = ({ server }: LeaseServer): number => server.requests.filter(({ method }) => method !== 'GET').length

describe('a lease that nobody has', () => {
  test('is made and held at once', async () => {
    const server = await openLeaseServer()
    const { elector, leadership, told, pass } = campaign(server)
    expect(elector.isLeader()).toBe(false)
    await pass(0)
    expect(leadership()?.isLeader()).toBe(true)
    expect(elector.isLeader()).toBe(true)
    expect(told).toEqual([false, true])
    expect(server.lease()).toMatchObject({
      metadata: { namespace: 'ops', name: 'operator' },
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        leaseTransitions: 0,
        acquireTime: '2026-06-01T00:00:00.000000Z',
        renewTime: '2026-06-01T00:00:00.000000Z',
      },
    })
  })

  test.each<{ name: string; spec: object }>([
    { name: 'released', spec: { ...theirs(), holderIdentity: '', leaseDurationSeconds: 1 } },
    { name: 'without any holder', spec: { leaseTransitions: 3 } },
    { name: 'with null for the holder', spec: { ...theirs(), holderIdentity: null } },
  ])('is taken over at once when it is $name', async ({ spec }) => {
    const server = await openLeaseServer()
    server.set(spec)
    const { elector, pass } = campaign(server)
    await pass(0)
    expect(elector.isLeader()).toBe(true)
    expect(server.lease()?.spec).toMatchObject({ holderIdentity: 'me', leaseTransitions: 4, leaseDurationSeconds: 15 })
  })

  test('goes to one of two who ask at once', async () => {
    const server = await openLeaseServer()
    const [a, b] = [campaign(server, { identity: 'a' }), campaign(server, { identity: 'b' })]
    await a.until(() => a.leadership() !== undefined || b.leadership() !== undefined)
    await Promise.all([a.pass(3000), b.pass(3000)])
    expect([a.elector.isLeader(), b.elector.isLeader()].filter(Boolean)).toHaveLength(1)
  })
})

describe('a follower', () => {
  test('waits as long as the record says from when it last saw it change, whatever times stand in it', async () => {
    const server = await openLeaseServer({ watches: false })
    server.set(theirs('1999-01-01T00:00:00.000000Z'))
    const { elector, pass } = campaign(server)
    await pass(10_000)
    server.set(theirs('2099-01-01T00:00:00.000000Z'))
    await pass(15_000)
    expect(elector.isLeader()).toBe(false)
    // It looked at the record within the retry period after the change.
    await pass(2_200)
    expect(elector.isLeader()).toBe(true)
    expect(server.lease()?.spec).toMatchObject({ holderIdentity: 'me', leaseTransitions: 4 })
  })

  test('sees a renewal through its watch, and is there on time when none comes any more', async () => {
    const server = await openLeaseServer()
    server.set(theirs())
    const { elector, clock, until, pass } = campaign(server, { retryMilliseconds: 8_000 })
    await until(() => server.server.requests.some(({ query }) => query['watch'] === 'true'))
    await pass(1000)
    const before = server.server.requests.length
    server.set(theirs('2026-01-01T00:00:02.000000Z'))
    await until(() => server.server.requests.length > before)
    const seenAt = clock.monotonic()
    await pass(14_900)
    expect([clock.monotonic() - seenAt, elector.isLeader()]).toEqual([14_900, false])
    await pass(100)
    expect(elector.isLeader()).toBe(true)
  })

  test.each<{ name: string; change: (server: LeaseServer) => void }>([
    {
      name: 'is given up',
      change: (server) => server.set({ ...theirs(), holderIdentity: '', leaseDurationSeconds: 1 }),
    },
    { name: 'is deleted', change: (server) => server.remove() },
  ])('takes over without any wait when the lease $name', async ({ change }) => {
    const server = await openLeaseServer()
    server.set(theirs())
    const { elector, clock, until, pass } = campaign(server)
    await until(() => server.server.requests.some(({ query }) => query['watch'] === 'true'))
    await pass(0)
    const now = clock.monotonic()
    change(server)
    await until(() => elector.isLeader())
    expect(clock.monotonic()).toBe(now)
    await until(() => server.server.open() === 0)
  })

  test('looks every two seconds and up to 2.2 times that where its watch brings nothing', async () => {
    for (const [random, want] of [
      [0, 2000],
      [0.5, 3200],
      [0.999, 4400],
    ] as const) {
      const server = await openLeaseServer({ watches: false })
      server.set({ ...theirs(), leaseDurationSeconds: 3600 })
      const { pass } = campaign(server, { random: () => random })
      const looks = (): number => server.server.requests.filter(({ query }) => query['watch'] === undefined).length
      await pass(want - 100)
      expect(looks()).toBe(1)
      await pass(200)
      expect(looks()).toBe(2)
    }
  })

  test('keeps following when somebody else is faster', async () => {
    const server = await openLeaseServer()
    server.set({ ...theirs(), holderIdentity: '' })
    server.fail(({ method }) => {
      if (method === 'PUT') server.set(theirs())
      return undefined
    })
    const { elector, logged, pass } = campaign(server)
    await pass(5000)
    expect(elector.isLeader()).toBe(false)
    expect(server.lease()?.spec.holderIdentity).toBe('other')
    expect(logged.filter((line) => !line.startsWith('info'))).toEqual([])
  })

  test.each<{ name: string; method: string; lease: boolean; verb: string }>([
    { name: 'get', method: 'GET', lease: false, verb: 'get' },
    { name: 'create', method: 'POST', lease: false, verb: 'create' },
    { name: 'update', method: 'PUT', lease: true, verb: 'update' },
  ])('without the right to $name says so once and keeps trying', async ({ method, lease, verb }) => {
    const server = await openLeaseServer()
    if (lease) server.set({ ...theirs(), holderIdentity: '' })
    server.fail((request) => (request.method === method ? 403 : undefined))
    const { elector, logged, pass } = campaign(server)
    await pass(20_000)
    expect(elector.isLeader()).toBe(false)
    const errors = logged.filter((line) => line.startsWith('error'))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain('error The lease is forbidden: grant this verb in its namespace')
    expect(errors[0]).toContain(`"verb":"${verb}","resource":"leases.coordination.k8s.io"`)
    server.fail(undefined)
    await pass(4000)
    expect(elector.isLeader()).toBe(true)
  })

  test.each<{ name: string; body: unknown }>([
    { name: 'no object', body: [] },
    { name: 'a number for the holder', body: { metadata: { name: 'operator' }, spec: { holderIdentity: 5 } } },
    { name: 'a text for the duration', body: { metadata: { name: 'operator' }, spec: { leaseDurationSeconds: '15' } } },
    { name: 'a list for the spec', body: { metadata: { name: 'operator' }, spec: [] } },
  ])('never leads by a Lease that is $name, and goes on', async ({ body }) => {
    const server = await openLeaseServer()
    server.set({ ...theirs(), holderIdentity: '' })
    server.answerWith(body)
    const { elector, logged, pass } = campaign(server)
    await pass(60_000)
    expect(elector.isLeader()).toBe(false)
    expect(writes(server)).toBe(0)
    expect(logged.filter((line) => line.startsWith('warn A call on the lease failed'))).toHaveLength(1)
    server.answerWith(undefined)
    await pass(4000)
    expect(elector.isLeader()).toBe(true)
  })

  test('ends at once when told to, and leaves no timer and no connection', async () => {
    const server = await openLeaseServer()
    server.set(theirs())
    const { elector, clock, stop, until, pass } = campaign(server)
    await until(() => server.server.open() === 1)
    await pass(1000)
    stop.abort(new Error('stop'))
    await until(() => server.server.open() === 0)
    expect(clock.pending()).toBe(0)
    expect(elector.isLeader()).toBe(false)
    expect(server.lease()?.spec).toEqual(theirs())
  })
})

test('the health check fails only for a leader whose lease expired long ago and that is still there', async () => {
  const server = await openLeaseServer()
  const { elector, leadership, pause, pass } = campaign(server)
  expect(elector.health()).toBe(true)
  await pass(60_000)
  expect(elector.health()).toBe(true)
  pause(34_900)
  expect(elector.health()).toBe(true)
  pause(200)
  expect(elector.health()).toBe('the lease expired and the process has not ended')
  await leadership()?.[Symbol.asyncDispose]()
})

test.each([
  { leaseMilliseconds: 10_000, renewDeadlineMilliseconds: 10_000 },
  { renewDeadlineMilliseconds: 2_400, retryMilliseconds: 2_000 },
])('refuses times that leave no room: %o', async (times) => {
  const server = await openLeaseServer()
  expect(() => campaign(server, times)).toThrow(RangeError)
})
