import { describe, expect, test as base } from 'vitest'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import { hecToken as token, wekaUser as user } from './weka-resources.ts'
import { openWekaStage, type WekaStage } from './weka-stage.ts'

const test = base.extend<{ readonly stage: WekaStage }>({
  stage: async ({ task: _task }, use) => {
    await using stage = await openWekaStage(await sharedControlPlane())
    await use(stage)
  },
})

// They mostly wait, each on a stage of its own.
describe.concurrent('what a schema cannot refuse becomes a condition with a remedy', () => {
  const cases: readonly {
    name: string
    change: (stage: WekaStage) => object[]
    reason: string
    says: readonly string[]
  }[] = [
    {
      name: 'a missing token Secret',
      change: ({ webhook }) => [webhook({ authTokenSecretRef: { name: 'absent' } })],
      reason: 'SecretNotFound',
      says: ["Secret 'absent'", 'create it'],
    },
    {
      name: 'a missing key',
      change: ({ webhook }) => [webhook({ authTokenSecretRef: { name: 'token', key: 'other' } })],
      reason: 'SecretKeyMissing',
      says: ["'other'", '`spec.authTokenSecretRef.key`'],
    },
    {
      name: 'a token with a newline inside',
      change: ({ world, webhook }) => [world.secret('token', { token: 'a\nb' }), webhook()],
      reason: 'TokenMalformed',
      says: ["Key 'token'", 'several lines'],
    },
    {
      name: 'a missing cluster',
      change: ({ webhook }) => [webhook({ clusterRef: { name: 'absent' } })],
      reason: 'ClusterNotFound',
      says: ["S3Cluster 'absent'"],
    },
    {
      name: 'a webhook without a token',
      change: ({ webhook }) => [webhook({ authTokenSecretRef: undefined })],
      reason: 'InvalidSpec',
      says: ['`spec.authTokenSecretRef`'],
    },
    {
      name: 'a minio block',
      change: ({ webhook }) => [webhook({ minio: { queueSize: 5 } })],
      reason: 'InvalidSpec',
      says: ['`spec.minio`'],
    },
    {
      name: 'a wrong password',
      change: ({ world, weka, webhook }) => [
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
      change: ({ world, weka, webhook }) => [
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
      change: ({ world, weka, webhook }) => [
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
      change: ({ world, webhook }) => [
        world.secret('weka', { username: 'operator', password: user.password, endpoints: '127.0.0.1:1' }),
        webhook(),
      ],
      reason: 'ClusterUnreachable',
      says: ['127.0.0.1:1'],
    },
    {
      name: 'an address that is refused',
      change: ({ world, webhook }) => [
        world.secret('weka', { username: 'operator', password: user.password, endpoints: '169.254.169.254:80' }),
        webhook(),
      ],
      reason: 'ClusterNotReady',
      says: ['EndpointNotAllowed'],
    },
  ]

  test.for(cases)('$name', async ({ change, reason, says }, { stage }) => {
    const { world, weka, references } = stage
    const changed = change(stage)
    const identityOf = (object: object): string => {
      const { kind, metadata } = object as { kind: string; metadata: { name: string } }
      return `${kind}/${metadata.name}`
    }
    const replaced = changed.map(identityOf)
    const kept = references().filter((object) => !replaced.includes(identityOf(object)))
    await world.apply(...kept, ...changed)
    // Another problem can be seen first, while the objects come one by one.
    await world.until('audit', 'Synced', { status: 'False', reason, says })
    expect(weka.counters().enables).toBe(0)
  })

  test('and a broken resource disturbs no other', async ({ stage }) => {
    const { world, hec, references, webhook } = stage
    await world.apply(...references(), webhook())
    await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
    await world.apply(webhook({ clusterRef: { name: 'absent' } }, 'broken'))
    await world.until('broken', 'Synced', { reason: 'ClusterNotFound' })
    hec.revokeToken(token)
    await world.until('audit', 'TargetReachable', { status: 'False' })
  })
})
