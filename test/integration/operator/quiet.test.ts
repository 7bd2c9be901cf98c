import { expect, test } from 'vitest'

import type { S3AuditWebhookStatus } from '../../../src/api/s3-audit-webhook-status.ts'
import { readAuditLog } from '../../control-plane/audit-log.ts'
import { startControlPlane } from '../../control-plane/control-plane.ts'
import { startMinio } from '../../control-plane/minio.ts'
import { startHecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { createCertificateAuthority } from '../../support/certificates.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { installDefinitions } from './install-definitions.ts'
import { startOperatorUnderTest } from './operator-under-test.ts'
import { hecToken, wekaReferences, wekaUser, wekaWebhook } from './weka-resources.ts'
import { createWorld } from './world.ts'

/** A drift check of a minute passes in six seconds, a test event period of five minutes in thirty. */
const speed = 10

test('in a steady state nothing is written but the test event of each period', async () => {
  await using stack = new AsyncDisposableStack()
  const controlPlane = stack.use(await startControlPlane({ auditLog: true }))
  await installDefinitions(controlPlane)
  const authority = createCertificateAuthority({ commonName: 'Splunk CA' })
  const tls = authority.issue({ commonName: 'splunk', ipAddresses: ['127.0.0.1'] })
  const weka = stack.use(await startWekaSimulator({ users: [wekaUser], knobs: { restartMilliseconds: 0 } }))
  const minio = stack.use(await startMinio({ trustedCaPem: authority.certPem }))
  const own = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token: hecToken }] }))
  const hec = stack.use(await startHecSimulator({ tls, tokens: [{ token: hecToken }] }))
  const world = await createWorld(controlPlane)
  stack.use(startOperatorUnderTest({ kubeconfigPath: controlPlane.kubeconfigPath, clock: createFastClock(speed) }))

  const probe = { periodSeconds: 30, testEventPeriodSeconds: 300 }
  await world.apply(
    ...wekaReferences(world, { weka, hec: own }),
    wekaWebhook(world, own, { probe }, 'on-weka'),
    world.secret('minio', { accessKey: minio.accessKey, secretKey: minio.secretKey }),
    world.secret('minio-ca', { 'ca.crt': authority.certPem }),
    world.s3cluster('minio', {
      type: 'MinIO',
      endpoints: [minio.endpoint],
      credentialsSecretRef: { name: 'minio' },
      driftCheckSeconds: 60,
    }),
    world.s3auditwebhook('on-minio', {
      clusterRef: { name: 'minio' },
      endpoint: hec.url('raw').href,
      authTokenSecretRef: { name: 'token' },
      tls: { caCertificateRef: { kind: 'Secret', name: 'minio-ca' } },
      probe,
      // This clock makes answers look slow: only what takes longer than half of this counts as slow.
      minio: { requestTimeoutSeconds: 300 },
    }),
  )
  for (const name of ['on-weka', 'on-minio']) await world.until(name, 'Ready', { status: 'True' })
  await world.until('on-minio', 'Delivering', { status: 'True' })

  const writes = async (): Promise<readonly string[]> =>
    (await readAuditLog(controlPlane.auditLogPath ?? ''))
      .filter(({ userAgent, verb }) => userAgent?.startsWith('s3-audit-operator/') === true && isWrite(verb))
      .map(({ verb, requestURI }) => `${verb} ${requestURI.split('?', 1)[0] ?? ''}`)
  const eventsOf = async (name: string): Promise<S3AuditWebhookStatus | undefined> => (await world.webhook(name)).status

  // What the first minutes find out (rates, the first figures of a queue) is told once.
  await settled(writes)
  const before = { writes: (await writes()).length, weka: await eventsOf('on-weka'), minio: await eventsOf('on-minio') }
  const reads = weka.counters().gets
  await eventually('five more drift checks', () => (weka.counters().gets >= reads + 5 ? true : undefined), 60_000)

  const made = (await writes()).slice(before.writes)
  const status = (name: string): string =>
    `patch /apis/s3audit.dev/v1alpha1/namespaces/${world.namespace}/s3auditwebhooks/${name}/status`
  for (const name of ['on-weka', 'on-minio'] as const) {
    const after = await eventsOf(name)
    const earlier = name === 'on-weka' ? before.weka : before.minio
    expect({ ...after, lastTest: undefined }).toEqual({ ...earlier, lastTest: undefined })
    const tests = (name === 'on-weka' ? own : hec).requests().byKind.probe ?? 0
    // One patch for each test event, and none for anything else: about two periods have passed.
    expect(made.filter((write) => write === status(name)).length).toBeLessThanOrEqual(Math.min(tests, 3))
  }
  expect(made.filter((write) => write !== status('on-weka') && write !== status('on-minio'))).toEqual([])
  expect(weka.counters()).toMatchObject({ enables: 1, disables: 0 })
}, 150_000)

function isWrite(verb: string): boolean {
  return ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb)
}

/** Waits until no write has come for seven seconds of the machine's time: more than a drift check of the operator's. */
async function settled(writes: () => Promise<readonly string[]>): Promise<void> {
  let count = (await writes()).length
  let since = performance.now()
  await eventually(
    'a quiet stretch',
    async () => {
      const now = (await writes()).length
      if (now !== count) {
        count = now
        since = performance.now()
      }
      return performance.now() - since > 7_000 ? true : undefined
    },
    60_000,
  )
}
