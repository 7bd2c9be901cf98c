import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { minioTargetName } from '../../../src/providers/minio/target-name.ts'
import { startMinio } from '../../control-plane/minio.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startEventReceiver } from '../../support/event-receiver.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { exportedTargets } from '../../support/minio-config.ts'
import { startRequestRelay } from '../../support/request-relay.ts'
import { startOperatorUnderTest } from './operator-under-test.ts'
import { createWorld, type World } from './world.ts'

const stack = new AsyncDisposableStack()
const installationId = 'test-of-the-environment'
let world: World

beforeAll(async () => {
  const controlPlane = await sharedControlPlane()
  world = await createWorld(controlPlane)
  stack.use(
    startOperatorUnderTest({
      kubeconfigPath: controlPlane.kubeconfigPath,
      clock: createFastClock(5),
      args: ['--namespace', world.namespace, '--installation-id', installationId],
    }),
  )
})
afterAll(() => stack.disposeAsync())

test('a webhook that the environment of the servers fixes is reported, never fought, and left behind with a word', async () => {
  await using own = new AsyncDisposableStack()
  const receiver = own.use(await startEventReceiver())
  const target = minioTargetName({ installationId, namespace: world.namespace, name: 'audit' })
  const directory = await mkdtemp(join(tmpdir(), 's3audit-environment-'))
  own.defer(() => rm(directory, { recursive: true }))
  // Read by the server at each start.
  const environment = join(directory, 'environment')
  await writeFile(environment, '')
  const minio = own.use(await startMinio({ env: { MINIO_CONFIG_ENV_FILE: environment } }))
  const relay = own.use(await startRequestRelay(minio.endpoint))
  const writes = (): readonly string[] =>
    relay.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`)

  await world.apply(
    world.secret('minio', { accessKey: minio.accessKey, secretKey: minio.secretKey }),
    world.s3cluster('minio', {
      type: 'MinIO',
      endpoints: [relay.url],
      credentialsSecretRef: { name: 'minio' },
      driftCheckSeconds: 60,
    }),
    world.s3auditwebhook('audit', {
      clusterRef: { name: 'minio' },
      endpoint: `${receiver.url}/wanted`,
      targetType: 'HTTP',
      probe: { mode: 'Disabled' },
    }),
  )
  await world.until('audit', 'Ready', { status: 'True' })
  expect(writes()).toEqual(['PUT /minio/admin/v3/set-config-kv'])

  await writeFile(
    environment,
    `MINIO_AUDIT_WEBHOOK_ENABLE_${target}=on\nMINIO_AUDIT_WEBHOOK_ENDPOINT_${target}=${receiver.url}/environment\n`,
  )
  await minio.restart()
  const condition = await world.until('audit', 'Synced', { status: 'False', reason: 'EnvironmentOverride' }, 60_000)
  expect(condition.message).toContain('enable, endpoint')
  await world.until('audit', 'Stalled', { status: 'True', reason: 'EnvironmentOverride' })
  const looked = relay.requests.length
  await eventually('another drift check', () =>
    relay.requests.slice(looked).some(({ path }) => path.includes('get-config-kv')) ? true : undefined,
  )
  await world.until('audit', 'Synced', { status: 'False', reason: 'EnvironmentOverride' })
  expect(writes()).toHaveLength(1)
  expect((await exportedTargets(minio)).get(target)).toMatchObject({ endpoint: `${receiver.url}/wanted` })

  await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=60s')
  expect(writes().slice(1)).toEqual(['DELETE /minio/admin/v3/del-config-kv'])
  expect(await eventually('the Event', () => noteOf(world, 'WebhookLeftBehind'))).toContain('fixes enable, endpoint')
  await world.kubectl('delete', 's3cluster', 'minio', '--timeout=60s')
}, 180_000)

async function noteOf(world: World, reason: string): Promise<string | undefined> {
  const { items } = JSON.parse(await world.kubectl('get', 'events.events.k8s.io', '-o', 'json')) as {
    readonly items: readonly { readonly reason: string; readonly note: string }[]
  }
  return items.find((event) => event.reason === reason)?.note
}
