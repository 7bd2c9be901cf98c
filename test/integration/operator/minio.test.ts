import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { createCertificateAuthority } from '../../support/certificates.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { installDefinitions } from './install-definitions.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { createWorld, type World } from './world.ts'

const token = 'canary-token-77e0'
/** Five times as fast: the shortest probe period passes in two seconds. */
const speed = 5

describe('a webhook on a real MinIO', () => {
  const stack = new AsyncDisposableStack()
  const authority = createCertificateAuthority({ commonName: 'Splunk CA' })
  const tls = authority.issue({ commonName: 'splunk', ipAddresses: ['127.0.0.1'] })
  let controlPlane: ControlPlane
  let operator: OperatorUnderTest
  let minio: MinioServer
  let hec: HecSimulator
  let world: World

  beforeAll(async () => {
    controlPlane = stack.use(await startControlPlane())
    await installDefinitions(controlPlane)
    minio = stack.use(await startMinio({ trustedCaPem: authority.certPem }))
    operator = stack.use(
      startOperatorUnderTest({ kubeconfigPath: controlPlane.kubeconfigPath, clock: createFastClock(speed) }),
    )
  })

  afterAll(() => stack.disposeAsync())

  beforeEach(async (context) => {
    const own = new AsyncDisposableStack()
    hec = own.use(await startHecSimulator({ tls, tokens: [{ token }] }))
    world = await createWorld(controlPlane)
    context.onTestFinished(async () => {
      await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=60s')
      await own.disposeAsync()
    })
  })

  function references(): object[] {
    return [
      world.secret('minio', { accessKey: minio.accessKey, secretKey: minio.secretKey }),
      world.secret('token', { token }),
      world.secret('splunk-ca', { 'ca.crt': authority.certPem }),
      world.s3cluster('minio', {
        type: 'MinIO',
        endpoints: [minio.endpoint],
        credentialsSecretRef: { name: 'minio' },
        driftCheckSeconds: 60,
      }),
    ]
  }

  function webhook(spec: object = {}): object {
    return world.s3auditwebhook('audit', {
      clusterRef: { name: 'minio' },
      endpoint: hec.url('raw').href,
      authTokenSecretRef: { name: 'token' },
      tls: { caCertificateRef: { kind: 'Secret', name: 'splunk-ca' } },
      probe: { periodSeconds: 10, failureThreshold: 2, successThreshold: 1 },
      minio: { queueSize: 100, retryIntervalSeconds: 1 },
      ...spec,
    })
  }

  async function applied(spec: object = {}): Promise<string> {
    await world.apply(...references(), webhook(spec))
    await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
    return (await world.webhook('audit')).status?.applied?.targetName ?? ''
  }

  /** The line of one target, as MinIO's own client shows it; undefined when there is none. */
  async function configured(target: string): Promise<string | undefined> {
    const { stdout } = await minio.mc(['admin', 'config', 'get', 'local', 'audit_webhook'])
    return stdout.split('\n').find((line) => line.startsWith(`audit_webhook:${target} `))
  }

  /** Audit events of MinIO itself, not our test events. */
  const sentByMinio = () => hec.accepted().filter(({ userAgent }) => userAgent?.startsWith('MinIO') === true)

  test('is set, rotated, switched off and on, and removed, as mc sees it, and other targets stay as they are', async () => {
    const foreign = [
      'admin',
      'config',
      'set',
      'local',
      'audit_webhook:foreign',
      `endpoint=${hec.url('raw').href}?x=1`,
      'auth_token=Splunk other',
    ]
    expect(await minio.mc(foreign)).toMatchObject({ code: 0 })
    const before = await configured('foreign')
    expect(before).toContain('?x=1')

    const target = await applied()
    expect(target).toMatch(/^s3audit-[0-9a-f]{16}$/)
    expect(await configured(target)).toMatch(/endpoint=\S+raw .*queue_size=100 /)
    expect(await configured(target)).not.toContain('enable=off')
    await eventually('an audit event of MinIO with our header', () =>
      sentByMinio().some(({ authorization }) => authorization === `Splunk ${token}`) ? true : undefined,
    )

    hec.addToken({ token: 'canary-token-next' })
    await world.apply(world.secret('token', { token: 'canary-token-next' }))
    await eventually('an audit event with the new token', () =>
      sentByMinio().some(({ authorization }) => authorization === 'Splunk canary-token-next') ? true : undefined,
    )

    await world.apply(webhook({ enabled: false }))
    await world.until('audit', 'Ready', { reason: 'Disabled' })
    expect(await configured(target)).toContain('enable=off')
    await world.apply(webhook({ enabled: true, minio: { queueSize: 200 } }))
    await world.until('audit', 'Ready', { reason: 'InForce' })
    expect(await configured(target)).toMatch(/queue_size=200 .*retry_interval=3s/)

    await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=60s')
    expect(await configured(target)).toBeUndefined()
    expect(await configured('foreign')).toBe(before)
    await minio.mc(['admin', 'config', 'reset', 'local', 'audit_webhook:foreign'])
  }, 120_000)

  test('is repaired when mc changes it, and the change is reported', async () => {
    const target = await applied()
    await minio.mc([
      'admin',
      'config',
      'set',
      'local',
      `audit_webhook:${target}`,
      'endpoint=http://127.0.0.1:9/elsewhere',
    ])
    await world.kubectl('annotate', 's3auditwebhook', 'audit', 's3audit.dev/reconcile-requested-at=now')
    await eventually('the repair', async () =>
      (await configured(target))?.includes(hec.url('raw').href) ? true : undefined,
    )
    await eventually('the Event', async () =>
      (await world.events('audit')).includes('DriftRepaired') ? true : undefined,
    )
  })

  test('shows how full the real queue is while the target is away, and that it drains', async () => {
    await applied()
    await hec.down()
    await world.until('audit', 'TargetReachable', { status: 'False', reason: 'ConnectionRefused' })
    // Every one of these reads of the administration is audited by MinIO.
    for (let read = 0; read < 30; read++) await minio.mc(['admin', 'config', 'get', 'local', 'region'])
    const filled = await eventually('a measured level', async () => {
      const { status } = await world.webhook('audit')
      return (status?.buffer?.percentFull ?? 0) > 0 ? status?.buffer : undefined
    })
    expect(filled).toMatchObject({ basis: 'Measured', capacityEvents: 100, capacityBasis: 'Reported' })
    expect(filled?.summary).toMatch(/^\d+%$/)
    expect(['Filling', 'AtRisk', 'Full']).toContain(filled?.state)
    await hec.up()
    await world.until('audit', 'Ready', { status: 'True' })
    await eventually('the empty queue', async () =>
      (await world.webhook('audit')).status?.buffer?.state === 'Empty' ? true : undefined,
    )
  }, 120_000)

  test('is not taken for delivering while the target refuses, although MinIO calls it online', async () => {
    // The operator has no route to this target: only the cluster's own figures can tell.
    await applied({ probe: { mode: 'Disabled', periodSeconds: 10 } })
    await world.until('audit', 'Delivering', { status: 'True', reason: 'ClusterDelivers' })
    hec.revokeToken(token)
    await minio.mc(['admin', 'config', 'get', 'local', 'region'])
    // Two intervals must show new failures, and MinIO makes its figures anew only every ten seconds of its own time.
    await world.until('audit', 'Delivering', { status: 'False', reason: 'SendsFailing' }, 60_000)
    await world.until('audit', 'Ready', { status: 'False', reason: 'SendsFailing' })
    hec.addToken({ token })
    await world.until('audit', 'Delivering', { status: 'True' }, 60_000)
    await world.until('audit', 'Ready', { status: 'True' })
  }, 180_000)

  test('keeps tokens and keys out of log, status and Events', async () => {
    await applied()
    const { stdout } = await controlPlane.kubectl(['get', 's3clusters,s3auditwebhooks,events', '-A', '-o', 'yaml'])
    const text = operator.log() + stdout
    expect(text.length).toBeGreaterThan(5_000)
    expect(text).not.toContain('canary')
    expect(text).not.toContain(minio.secretKey)
  })
})
