import { expect, test } from 'vitest'

import { campaign, openLeaseServer, theirs } from '../../test/support/campaign.ts'
import type { LeaseServer } from '../../test/support/lease-server.ts'
import { openClient } from '../../test/support/open-client.ts'
import { systemClock } from '../kube/clock.ts'
import { LeaseClosedError } from '../kube/lease-closed-error.ts'
import { type ClosedLease, closeLease } from './close-lease.ts'

/** Closes for a minute, on the clock that the candidates of `campaign` begin with. */
async function close({ server }: LeaseServer, closer: string = 'closer'): Promise<ClosedLease> {
  const client = openClient(server.kubeConfig())
  return await closeLease({
    client,
    lease: { namespace: 'ops', name: 'operator' },
    closer,
    milliseconds: 60_000,
    clock: { ...systemClock, now: () => Date.UTC(2026, 5, 1) },
    signal: AbortSignal.timeout(30_000),
  })
}

const ended = (lease: ClosedLease): Promise<boolean> => lease.leaderEnded(AbortSignal.timeout(30_000))

test('a lease that does not exist is made, and nobody is waited for', async () => {
  const server = await openLeaseServer()
  const lease = await close(server)
  expect(lease.leader).toBe('')
  expect(await ended(lease)).toBe(true)
  expect(server.lease()?.spec).toMatchObject({ holderIdentity: 'closed:closer:', leaseDurationSeconds: 60 })
})

test('a leader ends when it next renews, and its disposal says so to whoever closed the lease', async () => {
  const server = await openLeaseServer()
  const { elector, leadership, pass } = campaign(server)
  await pass(0)
  const lease = await close(server)
  expect(lease.leader).toBe('me')
  expect(server.lease()?.spec.holderIdentity).toBe('closed:closer:me')
  await pass(2_100)
  expect(leadership()?.lost.reason).toBeInstanceOf(LeaseClosedError)
  expect(() => elector.check()).toThrow(LeaseClosedError)
  const before = server.lease()
  expect(before?.spec.holderIdentity).toBe('closed:closer:me')
  await leadership()?.[Symbol.asyncDispose]()
  expect(await ended(lease)).toBe(true)
  expect(server.lease()?.spec).toEqual({ ...before?.spec, holderIdentity: 'closed:closer:' })
  // Its process lives on, and is not to be killed as one that hangs.
  await pass(120_000)
  expect(elector.health()).toBe(true)
  expect(elector.isLeader()).toBe(false)
})

test('a leader that says nothing is waited for as long as its lease lasts', async () => {
  const server = await openLeaseServer()
  server.set({ ...theirs(), leaseDurationSeconds: 1 })
  const lease = await close(server)
  expect(lease.leader).toBe('other')
  expect(await ended(lease)).toBe(false)
})

test('a second closing waits for the leader that the first one found', async () => {
  const server = await openLeaseServer()
  const { leadership, pass } = campaign(server)
  await pass(0)
  const first = await close(server, 'first')
  const second = await close(server, 'second')
  expect([first.leader, second.leader]).toEqual(['me', 'me'])
  await pass(2_100)
  await leadership()?.[Symbol.asyncDispose]()
  expect(await Promise.all([ended(first), ended(second)])).toEqual([true, true])
})

test('a follower that sees the closing never leads, also when the time of the lease is long over', async () => {
  const server = await openLeaseServer()
  server.set(theirs())
  const { elector, failure, until, pass } = campaign(server)
  await until(() => server.server.requests.some(({ query }) => query['watch'] === 'true'))
  await pass(100)
  await close(server)
  await until(() => failure() !== undefined)
  expect(failure()).toBeInstanceOf(LeaseClosedError)
  await pass(300_000)
  expect(elector.isLeader()).toBe(false)
  expect(elector.health()).toBe(true)
  expect(server.lease()?.spec.holderIdentity).toBe('closed:closer:other')
})

test('a process that starts later waits until the time is over, then leads', async () => {
  const server = await openLeaseServer()
  await close(server)
  const { elector, pass } = campaign(server)
  await pass(59_000)
  expect(elector.isLeader()).toBe(false)
  await pass(1_200)
  expect(elector.isLeader()).toBe(true)
})

test('a process that starts when the time is long over leads at once', async () => {
  const server = await openLeaseServer()
  await close(server)
  server.set({ ...server.lease()?.spec, renewTime: '2026-05-31T00:00:00.000000Z' })
  const { elector, pass } = campaign(server)
  await pass(0)
  expect(elector.isLeader()).toBe(true)
})

test('a process that starts later ends too when the lease is closed once more', async () => {
  const server = await openLeaseServer()
  await close(server, 'first')
  const { elector, failure, until, pass } = campaign(server)
  await pass(3_000)
  await close(server, 'second')
  await until(() => failure() !== undefined)
  expect(failure()).toBeInstanceOf(LeaseClosedError)
  expect(elector.isLeader()).toBe(false)
})

test('keeping it closed counts from now and is no new closing to those who wait', async () => {
  const server = await openLeaseServer()
  const lease = await close(server)
  const { elector, failure, pass } = campaign(server)
  await pass(3_000)
  await lease.keep(20_000, AbortSignal.timeout(30_000))
  expect(server.lease()?.spec).toMatchObject({ holderIdentity: 'closed:closer:', leaseDurationSeconds: 20 })
  await pass(20_000)
  expect([elector.isLeader(), failure()]).toEqual([true, undefined])
})

test.each([
  { name: 'emptied', change: (server: LeaseServer) => server.set({ holderIdentity: '' }) },
  { name: 'deleted', change: (server: LeaseServer) => server.remove() },
])('whoever waits leads at once when the lease is $name', async ({ change }) => {
  const server = await openLeaseServer()
  await close(server)
  const { elector, until, pass } = campaign(server)
  await until(() => server.server.requests.some(({ query }) => query['watch'] === 'true'))
  await pass(100)
  change(server)
  await until(() => elector.isLeader())
})
