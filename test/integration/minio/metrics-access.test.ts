import { expect, test } from 'vitest'

import { startMinio } from '../../control-plane/minio.ts'
import { startEventReceiver } from '../../support/event-receiver.ts'
import { eventually } from '../../support/eventually.ts'
import { failureOf } from '../../support/failure-of.ts'
import { runMc } from '../../support/minio-config.ts'
import { createProviderUnderTest } from './provider-under-test.ts'

const name = 's3audit-metrics'

test.each(['jwt', 'public'])('metrics of the cluster and of a node are read where they are %s', async (type) => {
  await using receiver = await startEventReceiver()
  await using minio = await startMinio({ env: { MINIO_PROMETHEUS_AUTH_TYPE: type } })
  const anonymous = await fetch(`${minio.endpoint}/minio/v2/metrics/cluster`)
  await anonymous.arrayBuffer()
  expect(anonymous.status).toBe(type === 'jwt' ? 403 : 200)

  await using provider = createProviderUnderTest(minio)
  await provider.apply(name, { endpoint: receiver.url })
  const node = new URL(minio.endpoint).host
  for (const options of [{}, { fresh: true }, { fresh: true, provoke: true }]) {
    const report = await eventually('a node that delivers', async () => {
      const { nodes, ...rest } = await provider.delivery(name, options)
      return nodes.some(({ online }) => online) ? { nodes, ...rest } : undefined
    })
    expect(report.nodes).toEqual([expect.objectContaining({ node, online: true, failedAttempts: 0 })])
  }
  // A node's own figures are of this moment.
  expect(await provider.delivery(name, { fresh: true })).not.toHaveProperty('maximumAgeMilliseconds')
  await provider.remove(name)
})

test('a user without the right to metrics is told which right that is', async () => {
  await using minio = await startMinio()
  await runMc(minio, ['admin', 'user', 'add', 'local', 'reader', 'Correct-horse-1'])
  await runMc(minio, ['admin', 'policy', 'attach', 'local', 'readwrite', '--user', 'reader'])
  await using root = createProviderUnderTest(minio)
  await root.apply(name, { endpoint: 'http://127.0.0.1:1/x' })
  await using provider = createProviderUnderTest(minio, {
    credentials: { accessKey: 'reader', secretKey: 'Correct-horse-1' },
  })
  const error = await failureOf(provider.delivery(name))
  expect(error).toMatchObject({ code: 'PermissionDenied' })
  expect(String(error)).toContain('admin:')
})
