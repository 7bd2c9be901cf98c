import { expect, test } from 'vitest'

import { systemClock } from '../../../src/kube/clock.ts'
import { createAddressGuard } from '../../../src/net/address-guard.ts'
import { createHttpClientFactory } from '../../../src/net/http-client-factory.ts'
import { Secret } from '../../../src/observability/secret.ts'
import { createAdminClient } from '../../../src/providers/minio/admin-client.ts'
import { createArgon2 } from '../../../src/providers/minio/argon2.ts'
import { ProviderError } from '../../../src/providers/provider-error.ts'
import { startMinio, type MinioServer } from '../../control-plane/minio.ts'
import { failureOf } from '../../support/failure-of.ts'
import { exportedTargets, resetTarget } from '../../support/minio-config.ts'
import { createProviderUnderTest } from './provider-under-test.ts'

const ours = 's3audit-ours'
const endpoint = 'http://127.0.0.1:1/x'

/** Stores lines as they are: the server checks the subsystem of the first one only. */
async function storeUnchecked(minio: MinioServer, ...lines: readonly string[]): Promise<void> {
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  await using factory = createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false })
  const client = createAdminClient({
    endpoints: [new URL(minio.endpoint)],
    credentials: { accessKey: minio.accessKey, secretKey: new Secret(minio.secretKey) },
    httpClient: factory.forTrust({ verification: 'Full' }),
    requestTimeoutMilliseconds: 10_000,
    argon2: createArgon2(),
    clock: systemClock,
  })
  await client.call({
    purpose: 'store lines',
    method: 'PUT',
    route: 'set-config-kv',
    body: ['scanner speed=default', ...lines].join('\n'),
    signal: AbortSignal.timeout(10_000),
  })
}

test('an invalid target of somebody else is named as what stands in the way of every change', async () => {
  await using minio = await startMinio()
  await using provider = createProviderUnderTest(minio)
  await provider.apply(ours, { endpoint })
  await storeUnchecked(minio, 'audit_webhook:theirs enable=on endpoint="ftp://canary.example.com/x"')
  // Until then the server tells nobody of it.
  await minio.restart()
  expect([...(await exportedTargets(minio)).keys()].sort()).toEqual(['', ours, 'theirs'])

  for (const change of [() => provider.apply(ours, { endpoint: `${endpoint}/2` }), () => provider.remove(ours)]) {
    const error = await failureOf(change())
    expect(error).toBeInstanceOf(ProviderError)
    expect(error).toMatchObject({ code: 'ApplyFailed' })
    expect(String(error)).toContain("target 'audit_webhook:theirs' is invalid: its 'endpoint'")
    expect(String(error)).not.toContain('canary')
  }
  expect(await provider.read(ours)).toMatchObject({ endpoint, enabled: true })

  await resetTarget(minio, 'theirs')
  await provider.apply(ours, { endpoint: `${endpoint}/2` })
  await provider.remove(ours)
})

test('one that the environment of the servers makes invalid is told when it keeps ours from being used', async () => {
  await using minio = await startMinio({
    env: {
      MINIO_AUDIT_WEBHOOK_ENABLE_theirs: 'on',
      MINIO_AUDIT_WEBHOOK_ENDPOINT_theirs: endpoint,
      MINIO_AUDIT_WEBHOOK_RETRY_INTERVAL_theirs: '2m',
    },
  })
  await using provider = createProviderUnderTest(minio)
  // The server takes its targets in any order, so that ours is used every other time.
  for (let tries = 1; ; tries++) {
    expect(tries).toBeLessThan(30)
    const [outcome] = await Promise.allSettled([provider.apply(ours, { endpoint })])
    if (outcome.status === 'fulfilled') continue
    expect(outcome.reason).toMatchObject({ code: 'ApplyFailed' })
    expect(String(outcome.reason)).toContain("target 'audit_webhook:theirs' is invalid")
    expect(String(outcome.reason)).toContain("its 'retry_interval', which the environment of the servers sets,")
    break
  }
})
