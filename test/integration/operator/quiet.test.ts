import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { S3AuditWebhookStatus } from '../../../src/api/s3-audit-webhook-status.ts'
import type { Clock } from '../../../src/kube/clock.ts'
import type { ApiAuditEvent } from '../../control-plane/audit-log.ts'
import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts'
import { installDefinitions } from '../../control-plane/install-definitions.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { createCertificateAuthority } from '../../support/certificates.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { createOperatorUser, type OperatorUser } from '../../support/operator-rbac.ts'
import { connect, type ApiServer } from '../api/api-server.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { clusterObjects, sitePassword, startSite, tokenObject, webhookObject, type Site } from './sites.ts'
import { createWorld, type World } from './world.ts'

/** A drift check of a minute passes in six seconds, or in up to thirty on a machine that is busy. */
const speed = 10
/** Answers that take two and a half seconds are slow ones, which would be told: a busy machine has half of that for its work. */
const atWork = 2
/** MinIO refuses whoever's clock is more than a quarter of an hour off: a fast one has twice the time when it starts late. */
const lateMilliseconds = 14 * 60_000
const token = 'canary-token-9e14'
const onWeka = ['weka-0', 'weka-1', 'weka-2', 'weka-3', 'weka-4']
const onMinio = 'minio'
const webhooks = [...onWeka, onMinio]
/** This clock makes answers look slow: only what takes longer than half of the time-out counts as slow. */
const probe = { periodSeconds: 10, timeoutSeconds: 10, successThreshold: 1, testEventPeriodSeconds: 480 }

type Statuses = Readonly<Record<string, S3AuditWebhookStatus>>

/** The tests follow one another: each begins where the last one left the same operator and its resources. */
describe('in a steady state, with the rights of examples/cluster-role.yaml, the operator', { timeout: 180_000 }, () => {
  const stack = new AsyncDisposableStack()
  const authority = createCertificateAuthority({ commonName: 'Splunk CA' })
  let clock: Clock
  let controlPlane: ControlPlane
  let apiServer: ApiServer
  let user: OperatorUser
  let world: World
  let sites: readonly Site[]
  let minio: MinioServer
  let hec: HecSimulator
  let operator: OperatorUnderTest
  let before: { readonly events: number; readonly statuses: Statuses }

  const start = (): OperatorUnderTest => startOperatorUnderTest({ kubeconfigPath: user.kubeconfigPath, clock })

  beforeAll(async () => {
    controlPlane = stack.use(await startControlPlane({ auditLog: true }))
    minio = stack.use(await startMinio({ trustedCaPem: authority.certPem }))
    await installDefinitions(controlPlane)
    apiServer = stack.use(connect(controlPlane))
    user = await createOperatorUser(controlPlane)
    world = await createWorld(controlPlane)
    const tls = authority.issue({ commonName: 'splunk', ipAddresses: ['127.0.0.1'] })
    hec = stack.use(await startHecSimulator({ tls, tokens: [{ token }] }))
    sites = await Promise.all(onWeka.map(async (name) => stack.use(await startSite(name))))
    const common = { probe, tls: { caCertificateRef: { kind: 'Secret', name: 'splunk-ca' } } }
    await world.apply(
      world.secret('splunk-ca', { 'ca.crt': authority.certPem }),
      ...sites.flatMap((site) => [
        ...clusterObjects(world, site),
        tokenObject(world, site, token),
        webhookObject(world, site, hec, common),
      ]),
      world.secret('minio', { accessKey: minio.accessKey, secretKey: minio.secretKey }),
      world.s3cluster(onMinio, {
        type: 'MinIO',
        endpoints: [minio.endpoint],
        credentialsSecretRef: { name: 'minio' },
        driftCheckSeconds: 60,
      }),
      tokenObject(world, { name: onMinio }, token),
      // For the same reason.
      webhookObject(world, { name: onMinio }, hec, { ...common, minio: { requestTimeoutSeconds: 300 } }),
    )
    const fast = createFastClock(speed, { atWork })
    clock = { ...fast, now: () => fast.now() - lateMilliseconds }
    operator = start()
    stack.defer(() => operator[Symbol.asyncDispose]())
    for (const name of webhooks) await world.until(name, 'Ready', { status: 'True', reason: 'InForce' })
    await world.until(onMinio, 'Delivering', { status: 'True' })
    // Told last: the operator's own questions make events, and only times without them tell the usual rate.
    await eventually('the usual rate', async () => {
      const rate = (await statuses())[onMinio]?.buffer?.eventsPerMinute
      return rate === undefined ? undefined : true
    })
    await quiet()
    // The periods of all test events begin anew, now.
    await annotate('s3auditwebhooks', 's3audit.dev/test-requested-at')
    await eventually('the test events', async () =>
      Object.values(await statuses()).every((status) => status.lastHandledTestRequest !== undefined) ? true : undefined,
    )
    await quiet()
  }, 180_000)

  afterAll(() => stack.disposeAsync())

  beforeEach(async () => {
    before = { events: (await requests()).length, statuses: await statuses() }
  })

  /** What the operator asked of the API server so far. */
  async function requests(): Promise<readonly ApiAuditEvent[]> {
    const events = await controlPlane.auditEvents()
    return events.filter((event) => event.user.username === user.name)
  }

  /** Its writes since the test began, as `verb resource name`, sorted. */
  async function writes(): Promise<readonly string[]> {
    return (await requests())
      .slice(before.events)
      .filter(isWrite)
      .map(({ verb, objectRef }) => {
        const { resource = '', subresource, name = '' } = objectRef ?? {}
        return `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`} ${name}`
      })
      .sort()
  }

  /** What tells the test events since the test began: those come in their own time, on a slow machine in any test. */
  async function patchesOfTestEvents(): Promise<readonly string[]> {
    const now = await statuses()
    return statusPatches(webhooks.filter((name) => now[name]?.lastTest?.id !== before.statuses[name]?.lastTest?.id))
  }

  /** Nothing was written but this, and what tells a test event. */
  async function expectWrites(wanted: readonly string[]): Promise<void> {
    const expected = [...wanted, ...(await patchesOfTestEvents())].sort()
    expect(await writes()).toEqual(expected)
  }

  const statusPatches = (names: readonly string[]): readonly string[] =>
    names.map((name) => `patch s3auditwebhooks/status ${name}`).sort()

  async function statuses(): Promise<Statuses> {
    const { body } = await apiServer.send(
      'GET',
      `/apis/s3audit.dev/v1alpha1/namespaces/${world.namespace}/s3auditwebhooks`,
    )
    const { items } = body as {
      items: readonly { readonly metadata: { readonly name: string }; readonly status: S3AuditWebhookStatus }[]
    }
    return Object.fromEntries(items.map(({ metadata, status }) => [metadata.name, status]))
  }

  async function annotate(kind: string, annotation: string, ...names: readonly string[]): Promise<void> {
    const selected = names.length === 0 ? ['--all'] : names
    await world.kubectl('annotate', kind, ...selected, '--overwrite', `${annotation}=${clock.now()}`)
  }

  const healthTests = (): number => hec.requests().byKind.health ?? 0

  /** Resolves when targets and clusters were looked at this often again. */
  async function passes(wanted: { readonly probePeriods: number; readonly driftChecks: number }): Promise<void> {
    const end = clock.monotonic() + wanted.probePeriods * probe.periodSeconds * 1000
    // One target with one token: a test serves all webhooks.
    const tests = healthTests() + wanted.probePeriods
    const reads = sites.map(({ weka }) => weka.counters().gets + wanted.driftChecks)
    await eventually(
      'probe periods and drift checks',
      () => {
        const isRead = sites.every(({ weka }, index) => weka.counters().gets >= (reads[index] ?? 0))
        return clock.monotonic() >= end && isRead && healthTests() >= tests * 0.8 ? true : undefined
      },
      // Three minutes of this clock and more, at whatever pace.
      120_000,
    )
  }

  /** Resolves when no write was made over a drift check: what is found out little by little is told by then. */
  async function quiet(): Promise<void> {
    for (;;) {
      const count = (await requests()).filter(isWrite).length
      await passes({ probePeriods: 6, driftChecks: 1 })
      if ((await requests()).filter(isWrite).length === count) return
    }
  }

  const appliesOnMinio = async (): Promise<number> =>
    (await world.events(onMinio)).filter((reason) => reason === 'WebhookApplied').length

  function expectSameBut(field: (status: S3AuditWebhookStatus) => object, now: Statuses): void {
    for (const [name, status] of Object.entries(before.statuses)) {
      expect({ ...now[name], ...field(status) }, name).toEqual(status)
    }
  }

  const expectNoChangeOfTheClusters = (): void => {
    const changes = sites.map(({ weka }) => [weka.counters().enables, weka.counters().disables])
    expect(changes).toEqual(sites.map(() => [1, 0]))
  }

  test('writes nothing over twenty probe periods and three drift checks', async () => {
    await passes({ probePeriods: 20, driftChecks: 3 })
    expect(await writes()).toEqual([])
    expect(await statuses()).toEqual(before.statuses)
    expectNoChangeOfTheClusters()
  })

  test('tells each periodic test event by one patch of the status, in which nothing but lastTest changed', async () => {
    const told = await eventually(
      'the next test event of each',
      async () => {
        const now = await statuses()
        return webhooks.every((name) => now[name]?.lastTest?.id !== before.statuses[name]?.lastTest?.id)
          ? now
          : undefined
      },
      120_000,
    )
    await passes({ probePeriods: 6, driftChecks: 1 })
    expect(await writes()).toEqual(statusPatches(webhooks))
    expect(await statuses()).toEqual(told)
    expectSameBut(({ lastTest }) => ({ lastTest }), told)
    expectNoChangeOfTheClusters()
  })

  test('notes another version of a token Secret with the same token in the status, and sends nothing', async () => {
    const written = (await requests()).length
    await annotate('secrets', 'example.com/touched', ...webhooks.map((name) => `${name}-token`))
    await eventually('the patches', async () =>
      (await requests()).slice(written).filter(isWrite).length >= webhooks.length ? true : undefined,
    )
    await passes({ probePeriods: 3, driftChecks: 1 })
    await expectWrites(statusPatches(webhooks))
    const now = await statuses()
    expectSameBut(({ applied, lastTest }) => ({ applied, lastTest }), now)
    for (const name of webhooks) {
      const { tokenSecret: old, time: _oldTime, ...rest } = before.statuses[name]?.applied ?? {}
      const { tokenSecret, time: _time, ...same } = now[name]?.applied ?? {}
      expect(same).toEqual(rest)
      expect({ ...tokenSecret, resourceVersion: old?.resourceVersion }).toEqual(old)
      expect(tokenSecret?.resourceVersion).not.toBe(old?.resourceVersion)
    }
    expectNoChangeOfTheClusters()
  })

  test('writes nothing when it starts again', async () => {
    await operator[Symbol.asyncDispose]()
    operator = start()
    // The first read comes with the start.
    await passes({ probePeriods: 6, driftChecks: 2 })
    await expectWrites([])
    expectSameBut(({ lastTest }) => ({ lastTest }), await statuses())
    expectNoChangeOfTheClusters()
  })

  test('notes it too when that happened while no operator ran; only where the token is hidden it is set again', async () => {
    const applies = await appliesOnMinio()
    await operator[Symbol.asyncDispose]()
    await annotate('secrets', 'example.com/touched', ...webhooks.map((name) => `${name}-token`))
    operator = start()
    await passes({ probePeriods: 6, driftChecks: 2 })
    const events = await patchesOfTestEvents()
    const made = await writes()
    const onAnyWeka = (write: string): boolean => write.includes('weka')
    expect(made.filter(onAnyWeka)).toEqual([...statusPatches(onWeka), ...events.filter(onAnyWeka)].sort())
    expect(made.length - events.length, made.join(', ')).toBeLessThanOrEqual(onWeka.length + 4)
    expect(await appliesOnMinio()).toBe(applies + 1)
    expectSameBut(({ applied, lastTest }) => ({ applied, lastTest }), await statuses())
    expectNoChangeOfTheClusters()
  })

  test('keeps its sessions when a Secret with credentials is touched, and writes nothing', async () => {
    const logins = sites.map(({ weka }) => weka.counters().logins)
    const read = (await requests()).length
    const touched = ['minio', ...onWeka.map((name) => `${name}-weka`)]
    await annotate('secrets', 'example.com/touched', ...touched)
    await eventually('a look at each Secret', async () => {
      const seen = (await requests()).slice(read).filter(({ verb }) => verb === 'get')
      return touched.every((name) => seen.some(({ objectRef }) => objectRef?.name === name)) ? true : undefined
    })
    await passes({ probePeriods: 3, driftChecks: 1 })
    await expectWrites([])
    expect(sites.map(({ weka }) => weka.counters().logins)).toEqual(logins)
    expectNoChangeOfTheClusters()
  })

  test('needs no right that it lacks, and tells no secret', async () => {
    const events = await requests()
    expect(events.length).toBeGreaterThan(100)
    expect(events.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([])
    expect(events.filter(({ userAgent }) => userAgent?.startsWith('s3-audit-operator/') !== true)).toEqual([])
    expect(operator.log().length).toBeGreaterThan(500)
    for (const secret of ['canary', sitePassword, minio.secretKey]) expect(operator.log()).not.toContain(secret)
  })
})

function isWrite({ verb }: ApiAuditEvent): boolean {
  return ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb)
}
