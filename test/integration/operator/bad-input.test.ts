import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { installDefinitions } from './install-definitions.ts'
import { startOperatorUnderTest } from './operator-under-test.ts'
import { hecToken as token, wekaReferences, wekaUser as user, wekaWebhook } from './weka-resources.ts'
import { createWorld, type World } from './world.ts'

/** Twenty times as fast: the shortest probe period passes in half a second, the shortest drift check in three. */
const speed = 20

describe('what a schema cannot refuse becomes a condition with a remedy', () => {
  const stack = new AsyncDisposableStack()
  let controlPlane: ControlPlane
  let weka: WekaSimulator
  let hec: HecSimulator
  let world: World

  beforeAll(async () => {
    controlPlane = stack.use(await startControlPlane())
    await installDefinitions(controlPlane)
    stack.use(
      startOperatorUnderTest({
        kubeconfigPath: controlPlane.kubeconfigPath,
        clock: createFastClock(speed),
        args: ['--deletion-timeout', '2m'],
      }),
    )
  })

  afterAll(() => stack.disposeAsync())

  beforeEach(async (context) => {
    const own = new AsyncDisposableStack()
    weka = own.use(await startWekaSimulator({ users: [user], backends: 2, knobs: { restartMilliseconds: 200 } }))
    hec = own.use(await startHecSimulator({ tls: 'own', tokens: [{ token }] }))
    world = await createWorld(controlPlane)
    context.onTestFinished(async () => {
      await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=30s')
      await own.disposeAsync()
    })
  })

  const references = (): object[] => wekaReferences(world, { weka, hec })
  const webhook = (spec: object = {}, name = 'audit'): object => wekaWebhook(world, hec, spec, name)

  const cases: readonly { name: string; change: () => object[]; reason: string; says: readonly string[] }[] = [
    {
      name: 'a missing token Secret',
      change: () => [webhook({ authTokenSecretRef: { name: 'absent' } })],
      reason: 'SecretNotFound',
      says: ["Secret 'absent'", 'create it'],
    },
    {
      name: 'a missing key',
      change: () => [webhook({ authTokenSecretRef: { name: 'token', key: 'other' } })],
      reason: 'SecretKeyMissing',
      says: ["'other'", '`spec.authTokenSecretRef.key`'],
    },
    {
      name: 'a token with a newline inside',
      change: () => [world.secret('token', { token: 'a\nb' }), webhook()],
      reason: 'TokenMalformed',
      says: ["Key 'token'", 'several lines'],
    },
    {
      name: 'a missing cluster',
      change: () => [webhook({ clusterRef: { name: 'absent' } })],
      reason: 'ClusterNotFound',
      says: ["S3Cluster 'absent'"],
    },
    {
      name: 'a webhook without a token',
      change: () => [webhook({ authTokenSecretRef: null })],
      reason: 'InvalidSpec',
      says: ['`spec.authTokenSecretRef`'],
    },
    {
      name: 'a minio block',
      change: () => [webhook({ minio: { queueSize: 5 } })],
      reason: 'InvalidSpec',
      says: ['`spec.minio`'],
    },
    {
      name: 'a wrong password',
      change: () => [
        world.secret('weka', {
          username: 'operator',
          password: 'wrong',
          endpoints: weka.endpoints[0]?.host ?? '',
          caCertificate: weka.caPem ?? '',
        }),
        webhook(),
      ],
      reason: 'CredentialsRejected',
      says: ['Secret'],
    },
    {
      name: 'a CA that is none',
      change: () => [
        world.secret('weka', {
          username: 'operator',
          password: user.password,
          endpoints: weka.endpoints[0]?.host ?? '',
          caCertificate: 'garbage',
        }),
        webhook(),
      ],
      reason: 'ClusterNotReady',
      says: ['CAInvalid', 'caCertificate'],
    },
    {
      name: 'a cluster that nobody trusts',
      change: () => [
        world.secret('weka', {
          username: 'operator',
          password: user.password,
          endpoints: weka.endpoints[0]?.host ?? '',
        }),
        webhook(),
      ],
      reason: 'ClusterNotReady',
      says: ['TLSUntrusted'],
    },
    {
      name: 'an address that leads nowhere',
      change: () => [
        world.secret('weka', { username: 'operator', password: user.password, endpoints: '127.0.0.1:1' }),
        webhook(),
      ],
      reason: 'ClusterUnreachable',
      says: ['127.0.0.1:1'],
    },
    {
      name: 'an address that is refused',
      change: () => [
        world.secret('weka', { username: 'operator', password: user.password, endpoints: '169.254.169.254:80' }),
        webhook(),
      ],
      reason: 'ClusterNotReady',
      says: ['EndpointNotAllowed'],
    },
  ]

  test.each(cases)('$name', async ({ change, reason, says }) => {
    const changed = change()
    const identityOf = (object: object): string => {
      const { kind, metadata } = object as { kind: string; metadata: { name: string } }
      return `${kind}/${metadata.name}`
    }
    const replaced = changed.map(identityOf)
    const kept = references().filter((object) => !replaced.includes(identityOf(object)))
    await world.apply(...kept, ...changed)
    const synced = await world.until('audit', 'Synced', { status: 'False', reason })
    for (const text of says) expect(synced.message).toContain(text)
    expect(weka.counters().enables).toBe(0)
  })

  test('and a broken resource disturbs no other', async () => {
    await world.apply(...references(), webhook())
    await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
    await world.apply(webhook({ clusterRef: { name: 'absent' } }, 'broken'))
    await world.until('broken', 'Synced', { reason: 'ClusterNotFound' })
    hec.revokeToken(token)
    await world.until('audit', 'TargetReachable', { status: 'False' })
  })
})
