import { describe, expect, onTestFinished, test } from 'vitest'

import { findCondition } from '../../../src/api/conditions.ts'
import { systemClock, type Clock } from '../../../src/kube/clock.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { startOperatorUnderTest } from './operator-under-test.ts'
import { hecToken, wekaReferences, wekaUser, wekaWebhook } from './weka-resources.ts'
import { createWorld, type World } from './world.ts'

const lockoutMilliseconds = 120_000

interface Stage {
  readonly weka: WekaSimulator
  readonly world: World
  /** Puts the Secret with the password, and what refers to it. */
  readonly give: (password: string) => Promise<void>
  /** Touches the Secret without another value. */
  readonly touch: () => Promise<void>
  /** Reason of the S3Cluster's Ready. */
  readonly ready: (reason: string, timeoutMilliseconds?: number) => Promise<void>
}

/** A cluster and an operator with one clock, so that a lock-out lasts as long for both. */
async function open(clock: Clock): Promise<Stage> {
  const stack = new AsyncDisposableStack()
  onTestFinished(() => stack.disposeAsync())
  const controlPlane = await sharedControlPlane()
  const weka = stack.use(
    await startWekaSimulator({ users: [wekaUser], backends: 2, clock, knobs: { restartMilliseconds: 0 } }),
  )
  const hec = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token: hecToken }] }))
  const world = await createWorld(controlPlane)
  const args = ['--namespace', world.namespace, '--deletion-timeout', '2m']
  stack.use(startOperatorUnderTest({ kubeconfigPath: controlPlane.kubeconfigPath, clock, args }))
  stack.defer(async () => {
    await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=30s')
  })
  const [, ...others] = wekaReferences(world, { weka, hec })
  const webhook = wekaWebhook(world, hec, { deletionPolicy: 'Retain' }, 'audit')
  return {
    weka,
    world,
    async give(password) {
      const secret = world.secret('weka', {
        username: wekaUser.username,
        password,
        organization: wekaUser.org,
        endpoints: `${weka.endpoints.map(({ host }) => host).join('\n')}\n`,
        caCertificate: weka.caPem ?? '',
      })
      await world.apply(secret, ...others, webhook)
    },
    async touch() {
      await world.kubectl('annotate', 'secret', 'weka', '--overwrite', `touched=${performance.now()}`)
    },
    async ready(reason, timeoutMilliseconds = 60_000) {
      await eventually(
        `the S3Cluster ${reason}`,
        async () => {
          const { status } = await world.cluster('weka')
          const condition = findCondition(status?.conditions ?? [], 'Ready')
          return condition?.reason === reason ? true : undefined
        },
        timeoutMilliseconds,
      )
    },
  }
}

const failedLogins = (weka: WekaSimulator): readonly number[] =>
  weka.events().flatMap(({ type, timestamp }) => (type === 'UserLoginFailed' ? [Date.parse(timestamp)] : []))

/** Failed logins in the fullest time of a lock-out's length. */
function mostWithinLockout(times: readonly number[]): number {
  return Math.max(
    ...times.map((start) => times.filter((time) => time >= start && time - start < lockoutMilliseconds).length),
  )
}

describe('a wrong password in the Secret', () => {
  test('fails at most two logins within a lock-out, however often it is touched', async () => {
    const { weka, give, touch, ready } = await open(createFastClock(20))
    await give('canary-wrong')
    await ready('CredentialsRejected')
    for (let touches = 0; touches < 5; touches++) await touch()
    await eventually('three failed logins', () => (failedLogins(weka).length >= 3 ? true : undefined), 90_000)
    expect(mostWithinLockout(failedLogins(weka))).toBeLessThanOrEqual(2)
    const statuses = weka.requests().flatMap(({ path, status }) => (path.endsWith('/login') ? [status] : []))
    expect(new Set(statuses)).toEqual(new Set([401]))
    await give(wekaUser.password)
    await ready('Connected')
  }, 150_000)

  test('holds nothing up once it is corrected', async () => {
    const { weka, world, give, touch, ready } = await open(systemClock)
    await give('canary-wrong')
    await ready('CredentialsRejected')
    await touch()
    // Long before the lock-out would have ended.
    const correctedAt = Date.now()
    await give(wekaUser.password)
    await ready('Connected')
    await world.until('audit', 'Synced', { status: 'True' }, 60_000)
    expect(Date.now() - correctedAt).toBeLessThan(lockoutMilliseconds)
    expect(weka.counters()).toMatchObject({ logins: 1, failedLogins: 1 })
  }, 150_000)
})

test('an account that may not write reads, says what it lacks, and works once it may', async () => {
  const { weka, world, give, ready } = await open(createFastClock(20))
  weka.setUser({ ...wekaUser, role: 'CSI' })
  await give(wekaUser.password)
  await ready('Connected')
  const synced = await world.until('audit', 'Synced', { status: 'False', reason: 'PermissionDenied' })
  expect(synced.message).toContain('has the role CSI')
  expect(synced.message).toContain('ClusterAdmin')
  weka.setUser(wekaUser)
  await world.until('audit', 'Synced', { status: 'True' }, 60_000)
  expect(weka.counters()).toMatchObject({ logins: 1, failedLogins: 0, enables: 1 })
}, 150_000)

test('an account that others have locked is left alone until the lock ends, and then works', async () => {
  const { weka, give, ready } = await open(createFastClock(20))
  weka.setLockout({ threshold: 1 })
  weka.setUser({ ...wekaUser, password: 'changed-meanwhile' })
  await give(wekaUser.password)
  await ready('CredentialsRejected')
  weka.setUser(wekaUser)
  await give(`${wekaUser.password}\n\n`)
  await ready('CredentialsLockedOut')
  await ready('Connected', 90_000)
  const refused = weka.requests().filter(({ path, status }) => path.endsWith('/login') && status === 403)
  expect(refused).toHaveLength(1)
}, 150_000)
