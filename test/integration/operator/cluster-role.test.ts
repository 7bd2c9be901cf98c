import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts'
import { installDefinitions } from '../../control-plane/install-definitions.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { createWorld, type World } from './world.ts'

const role = fileURLToPath(new URL('../../../examples/cluster-role.yaml', import.meta.url))
const token = 'canary-token-5b0e'
const user = { username: 'operator', password: 'canary-password-5b0e', org: 'Root', role: 'ClusterAdmin' } as const

describe('an operator with the rights of examples/cluster-role.yaml', () => {
  const stack = new AsyncDisposableStack()
  let controlPlane: ControlPlane
  let operator: OperatorUnderTest
  let weka: WekaSimulator
  let hec: HecSimulator
  let world: World

  beforeAll(async () => {
    controlPlane = stack.use(await startControlPlane())
    await installDefinitions(controlPlane)
    world = await createWorld(controlPlane)
    await world.kubectl('apply', '-f', role)
    await world.kubectl(
      'create',
      'clusterrolebinding',
      's3-audit',
      '--clusterrole=s3-audit-operator',
      '--user=operator',
    )
    weka = stack.use(await startWekaSimulator({ users: [user], knobs: { restartMilliseconds: 0 } }))
    hec = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token }] }))
    operator = stack.use(
      startOperatorUnderTest({
        kubeconfigPath: await controlPlane.userKubeconfig('operator'),
        clock: createFastClock(10),
      }),
    )
  })

  afterAll(() => stack.disposeAsync())

  test('does its whole work: status, finalizers, Events, a rotated Secret, clean-up', async () => {
    await world.apply(
      world.secret('weka', {
        username: user.username,
        password: user.password,
        endpoints: weka.endpoints.map(({ host }) => host).join(','),
        caCertificate: weka.caPem ?? '',
      }),
      world.secret('token', { token: 'unknown' }),
      world.secret('splunk-ca', { 'ca.crt': hec.caPem ?? '' }),
      world.s3cluster('weka', { type: 'WEKA', credentialsSecretRef: { name: 'weka' } }),
      world.s3auditwebhook('audit', {
        clusterRef: { name: 'weka' },
        endpoint: hec.url('raw').href,
        authTokenSecretRef: { name: 'token' },
        tls: { caCertificateRef: { kind: 'Secret', name: 'splunk-ca' } },
        probe: { periodSeconds: 10, successThreshold: 1 },
      }),
    )
    await world.until('audit', 'TargetReachable', { status: 'False', reason: 'TokenInvalid' })
    await world.apply(world.secret('token', { token }))
    await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
    expect((await world.webhook('audit')).metadata.finalizers).toEqual(['s3audit.dev/webhook'])
    await eventually('the Event of the first apply', async () =>
      (await world.events('audit')).includes('WebhookApplied') ? true : undefined,
    )
    await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=30s')
    expect(weka.webhook().enabled).toBe(false)
    expect(operator.log()).not.toMatch(/forbidden/iu)
  })
})
