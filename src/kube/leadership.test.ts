import { describe, expect, test } from 'vitest'

import { campaign, openLeaseServer, theirs } from '../../test/support/campaign.ts'
import type { LeaseServer } from '../../test/support/lease-server.ts'
import { LeadershipLostError } from './leadership-lost-error.ts'

/** Writes that reached the server. */
const writes = ({ server }: LeaseServer): number => server.requests.filter(({ method }) => method !== 'GET').length

describe('a leader', () => {
  test('renews every two seconds and keeps what others wrote beside', async () => {
    const server = await openLeaseServer()
    const { elector, pass } = campaign(server)
    await pass(60_000)
    expect(elector.isLeader()).toBe(true)
    expect(writes(server)).toBe(31)
    expect(server.lease()?.spec).toMatchObject({
      acquireTime: '2026-06-01T00:00:00.000000Z',
      renewTime: '2026-06-01T00:01:00.000000Z',
      leaseTransitions: 0,
    })
  })

  test('stays one when somebody else edits the object, or the answer to a renewal is lost', async () => {
    const server = await openLeaseServer()
    const { elector, pass } = campaign(server)
    await pass(1000)
    server.set({ ...server.lease()?.spec, renewTime: '2020-01-01T00:00:00.000000Z' })
    await pass(2000)
    server.fail(({ method }) => (method === 'PUT' ? 'LoseAnswer' : undefined))
    await pass(2000)
    server.fail(undefined)
    await pass(20_000)
    expect(elector.isLeader()).toBe(true)
    expect(server.lease()?.spec).toMatchObject({ holderIdentity: 'me', leaseTransitions: 0 })
  })

  test('makes the lease again when it was deleted', async () => {
    const server = await openLeaseServer()
    const { elector, pass } = campaign(server)
    await pass(1000)
    server.remove()
    await pass(20_000)
    expect(elector.isLeader()).toBe(true)
    expect(server.lease()?.spec.holderIdentity).toBe('me')
  })

  test.each<{ name: string; fault: number | 'Cut' }>([
    { name: 'is away', fault: 'Cut' },
    { name: 'fails', fault: 500 },
    { name: 'refuses', fault: 403 },
  ])('ends ten seconds after its last renewal when the API server $name', async ({ fault }) => {
    const server = await openLeaseServer()
    const { elector, leadership, told, pass } = campaign(server)
    await pass(4100)
    server.fail(() => fault)
    await pass(9800)
    expect(elector.isLeader()).toBe(true)
    expect(leadership()?.lost.aborted).toBe(false)
    await pass(200)
    expect(elector.isLeader()).toBe(false)
    expect(leadership()?.lost.reason).toBeInstanceOf(LeadershipLostError)
    expect(told).toEqual([false, true, false])
    server.fail(undefined)
    const before = server.server.requests.length
    await leadership()?.[Symbol.asyncDispose]()
    await pass(20_000)
    expect(elector.isLeader()).toBe(false)
    expect(server.server.requests.length).toBe(before)
  })

  test('goes on when the API server comes back before that', async () => {
    const server = await openLeaseServer()
    const { elector, pass } = campaign(server)
    await pass(4100)
    server.fail(() => 'Cut')
    await pass(7500)
    server.fail(undefined)
    await pass(30_000)
    expect(elector.isLeader()).toBe(true)
  })

  test.each<{ name: string; spec: object }>([
    { name: 'has the lease', spec: theirs() },
    { name: 'emptied it, as by hand', spec: { ...theirs(), holderIdentity: '' } },
  ])('ends as soon as it sees that somebody else $name', async ({ spec }) => {
    const server = await openLeaseServer()
    const { elector, leadership, pass } = campaign(server)
    await pass(1000)
    server.set(spec)
    await pass(1100)
    expect(elector.isLeader()).toBe(false)
    expect(leadership()?.lost.reason).toMatchObject({ message: 'The lease ops/operator has another holder' })
    expect(server.lease()?.spec).toEqual(spec)
  })

  test('that was stopped is none from the first line that runs, before any timer', async () => {
    const server = await openLeaseServer()
    const { elector, leadership, pause, pass } = campaign(server)
    await pass(4100)
    pause(9800)
    expect(elector.isLeader()).toBe(true)
    elector.check()
    pause(200)
    expect(elector.isLeader()).toBe(false)
    expect(leadership()?.lost.aborted).toBe(false)
    expect(() => elector.check()).toThrow(LeadershipLostError)
    expect(leadership()?.lost.aborted).toBe(true)
  })

  test('that was stopped is not brought back by the answer to a renewal from before', async () => {
    const server = await openLeaseServer()
    const { elector, leadership, pause, pass } = campaign(server)
    await pass(1900)
    server.fail(({ method }) => {
      if (method === 'PUT') pause(11_000)
      return undefined
    })
    await pass(300)
    expect(writes(server)).toBe(2)
    expect(elector.isLeader()).toBe(false)
    expect(leadership()?.lost.aborted).toBe(true)
  })

  test('gives the lease up on disposal, in the form of client-go, and leads no more from then on', async () => {
    const server = await openLeaseServer()
    const { elector, leadership, told, pass } = campaign(server)
    await pass(5000)
    const done = leadership()?.[Symbol.asyncDispose]()
    expect(elector.isLeader()).toBe(false)
    expect(() => elector.check()).toThrow('The lease was given up')
    await done
    expect(server.lease()?.spec).toEqual({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      leaseTransitions: 0,
      acquireTime: '2026-06-01T00:00:05.000000Z',
      renewTime: '2026-06-01T00:00:05.000000Z',
    })
    expect(leadership()?.lost.aborted).toBe(false)
    expect(told).toEqual([false, true, false])
    const before = writes(server)
    await leadership()?.[Symbol.asyncDispose]()
    await pass(10_000)
    expect(writes(server)).toBe(before)
  })

  test('gives it up although somebody edited the object meanwhile, but never takes it from another holder', async () => {
    const server = await openLeaseServer()
    const edited = campaign(server)
    await edited.pass(0)
    server.set({ ...server.lease()?.spec, leaseTransitions: 7 })
    await edited.leadership()?.[Symbol.asyncDispose]()
    expect(server.lease()?.spec).toMatchObject({ holderIdentity: '', leaseTransitions: 7 })

    const late = campaign(server, { identity: 'late' })
    await late.pass(0)
    server.set(theirs())
    await late.leadership()?.[Symbol.asyncDispose]()
    expect(server.lease()?.spec).toEqual(theirs())
  })

  test('tells who closed the lease that its work has ended, also when it has not seen yet that it is closed', async () => {
    const server = await openLeaseServer()
    const { leadership, logged, pass } = campaign(server)
    await pass(1000)
    server.set({ ...theirs(), holderIdentity: 'closed:uninstaller:me' })
    await leadership()?.[Symbol.asyncDispose]()
    expect(server.lease()?.spec).toEqual({ ...theirs(), holderIdentity: 'closed:uninstaller:' })
    expect(logged.at(-1)).toMatch(/^info /)
  })
})
