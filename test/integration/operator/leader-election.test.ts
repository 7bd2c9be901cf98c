import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import type { ApiAuditEvent } from '../../control-plane/audit-log.ts'
import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts'
import { installDefinitions } from '../../control-plane/install-definitions.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { startRequestGate, type RequestGate } from '../../support/request-gate.ts'
import { connect, type ApiServer } from '../api/api-server.ts'
import { grantElection, grantReplicas, readLease, startReplica, type Replica } from './replicas.ts'
import { createWorld, type World } from './world.ts'

/** A lease of 15 s and two seconds more. */
const failoverMilliseconds = 17_000
const timeout = 120_000
const user = { username: 'operator', password: 'canary-password-1b7d', org: 'Root', role: 'ClusterAdmin' } as const

/** Two replicas over one WEKA cluster in a namespace of their own, with the rights of the examples. */
interface Pair {
  readonly world: World
  readonly weka: WekaSimulator
  readonly gate: RequestGate
  readonly hec: HecSimulator
  /** Leads, and has put the webhook in force. */
  readonly leader: Replica
  /** Has its caches. */
  readonly follower: Replica
  /** Gives the webhook another token, which the target knows. */
  rotate(): Promise<void>
  /** Resolves when it is in force. */
  rotated(): Promise<void>
  holder(): Promise<string>
}

describe.concurrent('of two replicas', () => {
  const stack = new AsyncDisposableStack()
  let folder: string
  let controlPlane: ControlPlaneAccess
  let apiServer: ApiServer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replicas-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    controlPlane = await sharedControlPlane()
    await grantReplicas(controlPlane)
    apiServer = stack.use(connect(controlPlane))
  })
  afterAll(() => stack.disposeAsync())

  async function prepare(owner: AsyncDisposableStack): Promise<ControlPlane> {
    const prepared = owner.use(await startControlPlane({ auditLog: true }))
    await installDefinitions(prepared)
    await grantReplicas(prepared)
    return prepared
  }

  async function startPair(
    owner: AsyncDisposableStack,
    { plane = controlPlane, server = apiServer }: { plane?: ControlPlaneAccess; server?: ApiServer } = {},
  ): Promise<Pair> {
    const world = await createWorld(plane)
    await grantElection(world)
    const hec = owner.use(await startHecSimulator({ tokens: [{ token: 'token-0' }] }))
    const knobs = { restartMilliseconds: 0 }
    const weka = owner.use(await startWekaSimulator({ users: [user], plainHttp: true, knobs }))
    const gate = owner.use(await startRequestGate(weka.endpoints[0]?.href ?? ''))
    const { username, password } = user
    await world.apply(
      world.secret('weka', { username, password, endpoints: new URL(gate.url).host, scheme: 'http' }),
      world.secret('token', { token: 'token-0' }),
      world.s3cluster('weka', { type: 'WEKA', credentialsSecretRef: { name: 'weka' }, driftCheckSeconds: 60 }),
      world.s3auditwebhook('audit', {
        clusterRef: { name: 'weka' },
        endpoint: hec.url('raw').href,
        authTokenSecretRef: { name: 'token' },
        probe: { periodSeconds: 10, successThreshold: 1 },
      }),
    )
    const start = async (name: string): Promise<Replica> =>
      owner.use(await startReplica({ controlPlane: plane, world, name, folder }))
    const leader = await start('a')
    await world.until('audit', 'Ready', { status: 'True' }, 60_000)
    const follower = await start('b')
    await eventually(
      'a follower with caches',
      async () => ((await follower.log()).includes('Holder of the lease seen') ? true : undefined),
      60_000,
    )
    let tokens = 0
    return {
      world,
      weka,
      gate,
      hec,
      leader,
      follower,
      async rotate() {
        const token = `token-${++tokens}`
        hec.addToken({ token })
        const path = `/api/v1/namespaces/${world.namespace}/secrets/token`
        const contentType = 'application/merge-patch+json'
        await server.send('PATCH', path, { stringData: { token } }, { contentType })
      },
      async rotated() {
        const want = `Splunk token-${tokens}`
        await eventually('the new token in force', () => (weka.webhook().authToken === want ? true : undefined), 30_000)
      },
      holder: async () => (await readLease(server, world))?.holderIdentity ?? '',
    }
  }

  const writesOf = async ({ user: name }: Replica, plane = controlPlane): Promise<readonly ApiAuditEvent[]> =>
    (await plane.auditEvents()).filter(
      (event) => event.user.username === name && ['create', 'update', 'patch', 'delete'].includes(event.verb),
    )

  /** Resolves when another identity than `before` holds the lease; gives the time that took. */
  async function takenOver(pair: Pair, before: string, since: number): Promise<number> {
    return await eventually(
      'another holder',
      async () => {
        const now = await pair.holder()
        return now !== '' && now !== before ? performance.now() - since : undefined
      },
      40_000,
    )
  }

  test('only one works, both are ready, and metrics tell which is which', { timeout }, async () => {
    await using own = new AsyncDisposableStack()
    const pair = await startPair(own)
    const { leader, follower, weka } = pair
    await pair.rotate()
    await pair.rotated()
    await eventually('a follower that is ready', async () =>
      (await follower.ask('/readyz')).status === 200 ? true : undefined,
    )
    expect((await leader.ask('/readyz')).status).toBe(200)
    for (const replica of [leader, follower]) {
      expect((await replica.ask('/livez?verbose')).body).toContain('[+]leader-election ok')
    }
    const status = 'leader_election_master_status{name="s3-audit-operator"}'
    expect((await leader.ask('/metrics')).body).toContain(`${status} 1\n`)
    const followed = (await follower.ask('/metrics')).body
    expect(followed).toContain(`${status} 0\n`)
    expect(followed).toMatch(/reflector_cached_objects\{name="s3auditwebhooks.s3audit.dev"\} 1\n/u)
    // Who works logs in; a follower neither does that nor writes anything to the API server, its lease not either.
    expect(weka.counters()).toMatchObject({ logins: 1, enables: 2 })
    expect(await writesOf(follower)).toEqual([])
    const log = (await leader.log()) + (await follower.log())
    expect(log).not.toMatch(/forbidden/iu)
  })

  test('the other takes over within 17 s when the leader is killed', { timeout }, async () => {
    await using own = new AsyncDisposableStack()
    const pair = await startPair(own)
    const { leader, gate } = pair
    const before = await pair.holder()
    leader.send('SIGKILL')
    expect(await leader.ended).toBe('SIGKILL')
    const killedAt = performance.now()
    const calls = gate.arrived.length
    await pair.rotate()
    const [takenAfter, workedAfter] = await Promise.all([
      takenOver(pair, before, killedAt),
      eventually(
        'a pass of the new leader',
        () => (gate.arrived.length > calls ? performance.now() - killedAt : undefined),
        40_000,
      ),
    ])
    // From the last renewal, which was up to two seconds before.
    expect(takenAfter).toBeGreaterThan(12_000)
    expect(takenAfter).toBeLessThan(failoverMilliseconds)
    expect(workedAfter).toBeLessThan(failoverMilliseconds)
    await pair.rotated()
  })

  test('the other takes over within a second when the leader is told to stop', { timeout }, async () => {
    await using own = new AsyncDisposableStack()
    const pair = await startPair(own)
    const { leader, world } = pair
    const before = await pair.holder()
    const toldAt = Date.now()
    leader.send('SIGTERM')
    await takenOver(pair, before, 0)
    const lease = await readLease(apiServer, world)
    expect(Date.parse(lease?.acquireTime ?? '') - toldAt).toBeLessThan(1000)
    expect(lease).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 15 })
    expect(await leader.ended).toBe(0)
    // The release came last.
    expect((await writesOf(leader)).at(-1)?.objectRef?.resource).toBe('leases')
    await pair.rotate()
    await pair.rotated()
  })

  test('a leader that was stopped begins nothing when it goes on after the other took over', { timeout }, async () => {
    await using own = new AsyncDisposableStack()
    const pair = await startPair(own)
    const { leader, follower, world, weka, gate, hec } = pair
    const before = await pair.holder()
    const { enables } = weka.counters()
    // Stopped between the last question and the change, with the answer to that question waiting in its socket.
    const held = gate.hold('/s3/containersAreReady')
    await pair.rotate()
    await held.arrived
    leader.send('SIGSTOP')
    const stoppedAt = performance.now()
    expect(weka.counters().enables).toBe(enables)
    held.release()
    expect(await takenOver(pair, before, stoppedAt)).toBeLessThan(failoverMilliseconds)
    await pair.rotated()
    await world.until('audit', 'Ready', { status: 'True' })
    expect(weka.counters().enables).toBe(enables + 1)

    // While the other one is stopped as well, whatever comes is the old leader's.
    follower.send('SIGSTOP')
    const writes = (await writesOf(leader)).length
    const calls = gate.arrived.length
    const tests = hec.requests()
    leader.send('SIGCONT')
    expect(await leader.ended).toBe(3)
    expect(gate.arrived.slice(calls)).toEqual([])
    expect(hec.requests()).toEqual(tests)
    expect((await writesOf(leader)).slice(writes)).toEqual([])
    const lines = (await leader.log()).split('\n').filter((line) => line.includes('"level":"error"'))
    expect(lines.filter((line) => line.includes('"msg":"Leadership lost"'))).toHaveLength(1)
    follower.send('SIGCONT')
    await pair.rotate()
    await pair.rotated()
    expect(weka.counters().enables).toBe(enables + 2)
  })

  test('the leader ends when the API server is away, and one leads when it is back', { timeout }, async () => {
    await using own = new AsyncDisposableStack()
    const plane = await prepare(own)
    const server = own.use(connect(plane))
    const pair = await startPair(own, { plane, server })
    const { leader, follower } = pair
    const before = await pair.holder()
    const stoppedAt = performance.now()
    await plane.stopApiServer('SIGKILL')
    expect(await leader.ended).toBe(3)
    // Ten seconds after its last renewal, and a moment for passes to end.
    expect(performance.now() - stoppedAt).toBeGreaterThan(7_000)
    expect(performance.now() - stoppedAt).toBeLessThan(15_000)
    expect(follower.hasEnded()).toBe(false)
    await plane.startApiServer()
    await takenOver(pair, before, 0)
    await pair.rotate()
    await pair.rotated()
    expect(follower.hasEnded()).toBe(false)
  })
})
