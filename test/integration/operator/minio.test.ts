import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { createCertificateAuthority } from '../../support/certificates.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { startOperatorUnderTest } from './operator-under-test.ts'
import { createWorld, type World } from './world.ts'

const token = 'canary-token-77e0'
/** Five times as fast: the shortest probe period passes in two seconds. */
const speed = 5
const probePeriodSeconds = 10
/** Of this machine's time: for how long MinIO gives the same figures (`cacheInterval` of `cmd/metrics-v2.go`). */
const figuresMilliseconds = 10_000
/** The operator looks at them once in a probe period, with 10 % of jitter. */
const lookMilliseconds = (1.1 * probePeriodSeconds * 1_000) / speed
/** From the answer of the target to MinIO's count of it, and from the figures to the condition: both are made at once. */
const passMilliseconds = 5_000
/** Figures are made anew by the first look that finds them too old. */
const newFiguresMilliseconds = figuresMilliseconds + lookMilliseconds
/** Failures in one interval may be a blip: the figures must show new ones twice. MinIO tries again every second. */
const failuresSeenMilliseconds = 2 * newFiguresMilliseconds + passMilliseconds
/** The figures of the first interval can still hold a failure; those of the next one show nothing but progress. */
const successSeenMilliseconds = failuresSeenMilliseconds
/** Growth is a difference of two figures, and the first ones may be of before the outage. */
const growthSeenMilliseconds = 3 * newFiguresMilliseconds + passMilliseconds

describe('a webhook on a real MinIO', () => {
  const stack = new AsyncDisposableStack()
  const authority = createCertificateAuthority({ commonName: 'Splunk CA' })
  const tls = authority.issue({ commonName: 'splunk', ipAddresses: ['127.0.0.1'] })
  /** What was told of the tests so far: the operators' logs, the resources as they stood at the end, all Events. */
  const told: string[] = []
  let controlPlane: ControlPlaneAccess
  let minio: MinioServer
  let hec: HecSimulator
  let world: World

  beforeAll(async () => {
    controlPlane = await sharedControlPlane()
    minio = stack.use(await startMinio({ trustedCaPem: authority.certPem }))
  })

  afterAll(() => stack.disposeAsync())

  beforeEach(async (context) => {
    const own = new AsyncDisposableStack()
    hec = own.use(await startHecSimulator({ tls, tokens: [{ token }] }))
    world = await createWorld(controlPlane)
    const operator = own.use(
      startOperatorUnderTest({
        kubeconfigPath: controlPlane.kubeconfigPath,
        clock: createFastClock(speed),
        args: ['--namespace', world.namespace],
      }),
    )
    context.onTestFinished(async () => {
      told.push(await world.kubectl('get', 's3clusters,s3auditwebhooks', '-o', 'yaml'))
      await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=60s')
      await own.disposeAsync()
      told.push(await world.kubectl('get', 'events', '-o', 'yaml'), operator.log())
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
      probe: { periodSeconds: probePeriodSeconds, failureThreshold: 2, successThreshold: 1 },
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
    const queueSize = 400
    await applied({ minio: { queueSize, retryIntervalSeconds: 1 } })
    await hec.down()
    await world.until('audit', 'TargetReachable', { status: 'False', reason: 'ConnectionRefused' })
    const filled = await eventually(
      'a measured queue that grows',
      async () => {
        // MinIO audits each of these reads of its administration: the queue grows from one look at it to the next.
        await minio.mc(['admin', 'config', 'get', 'local', 'region'])
        const { status } = await world.webhook('audit')
        if (status?.buffer?.state === 'AtRisk') return status.buffer
        throw new Error(`is ${JSON.stringify(status?.buffer)}`)
      },
      growthSeenMilliseconds,
    )
    expect(filled).toMatchObject({ basis: 'Measured', capacityEvents: queueSize, capacityBasis: 'Reported' })
    expect(filled.percentFull).toBeGreaterThan(0)
    expect(filled.summary).toBe(`${filled.percentFull}%`)
    expect(filled.fullTime).toBeDefined()
    await hec.up()
    await world.until('audit', 'Ready', { status: 'True' })
    await world.until('audit', 'BufferHealthy', { status: 'True', reason: 'Empty' }, successSeenMilliseconds)
    await eventually('the Event', async () =>
      (await world.events('audit')).includes('BufferDrained') ? true : undefined,
    )
    const stages = ['BufferAtRisk', 'BufferFull', 'BufferDrained']
    const passed = (await world.events('audit')).filter((reason) => stages.includes(reason))
    // A queue that shrinks and gets new events before a test has found the target back can be at risk twice.
    expect(new Set(passed)).toEqual(new Set(['BufferAtRisk', 'BufferDrained']))
    expect(passed.at(-1)).toBe('BufferDrained')
  }, 120_000)

  test('is not taken for delivering while the target refuses, although MinIO calls it online', async () => {
    // The operator has no route to this target: only the cluster's own figures can tell.
    await applied({ probe: { mode: 'Disabled', periodSeconds: probePeriodSeconds } })
    await world.until('audit', 'Delivering', { status: 'True', reason: 'ClusterDelivers' })
    hec.revokeToken(token)
    await minio.mc(['admin', 'config', 'get', 'local', 'region'])
    await world.until('audit', 'Delivering', { status: 'False', reason: 'SendsFailing' }, failuresSeenMilliseconds)
    await world.until('audit', 'Ready', { status: 'False', reason: 'SendsFailing' })
    hec.addToken({ token })
    await world.until('audit', 'Delivering', { status: 'True' }, successSeenMilliseconds)
    await world.until('audit', 'Ready', { status: 'True' })
  }, 120_000)

  test('keeps tokens and keys out of log, status and Events of all these tests', () => {
    const text = told.join('\n')
    expect(text.length).toBeGreaterThan(20_000)
    expect(text).toContain('DriftRepaired')
    expect(text).not.toContain('canary')
    expect(text).not.toContain(minio.secretKey)
  })
})
