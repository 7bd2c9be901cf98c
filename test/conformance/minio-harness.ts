import { readFileSync } from 'node:fs'

import { systemClock } from '../../src/kube/clock.ts'
import { createAddressGuard } from '../../src/net/address-guard.ts'
import { createHttpClientFactory } from '../../src/net/http-client-factory.ts'
import { Secret } from '../../src/observability/secret.ts'
import { createArgon2 } from '../../src/providers/minio/argon2.ts'
import { createMinioProvider } from '../../src/providers/minio/minio-provider.ts'
import { startMinio } from '../control-plane/minio.ts'
import { startEventReceiver } from '../support/event-receiver.ts'
import { exportedTargets, resetTarget, runMc, setTarget } from '../support/minio-config.ts'
import { startRequestRelay, type RelayedRequest, type RequestRelay } from '../support/request-relay.ts'
import type { Account, ProviderHarness } from './provider-harness.ts'

const accounts: Readonly<Record<Account, { readonly accessKey: string; readonly secretKey: string }>> = {
  Administrator: { accessKey: 'operator', secretKey: 'Correct-horse-1' },
  WrongPassword: { accessKey: 'operator', secretKey: 'Wrong-horse-1' },
  WithoutPermission: { accessKey: 'reader', secretKey: 'Correct-horse-2' },
}
const targetName = 's3audit-0123456789abcdef'

/** The node that goes away; the first one answers to `mc`. */
const weakNode = 1

/**
 * Real servers, each behind a relay. Where there is only one, it stands behind two relays: its two addresses, one of which can go
 * away.
 */
export async function startMinioHarness({ nodes }: { readonly nodes: number }): Promise<ProviderHarness> {
  await using stack = new AsyncDisposableStack()
  const minio = stack.use(await startMinio({ nodes }))
  const receiver = stack.use(await startEventReceiver())
  const relays: RequestRelay[] = []
  for (let index = 0; index < Math.max(nodes, 2); index++) {
    relays.push(stack.use(await startRequestRelay(minio.endpoints[index] ?? minio.endpoint)))
  }
  const setUser = ({ accessKey, secretKey }: (typeof accounts)[Account]): Promise<string> =>
    runMc(minio, ['admin', 'user', 'add', 'local', accessKey, secretKey])
  await setUser(accounts.Administrator)
  await setUser(accounts.WithoutPermission)
  await runMc(minio, ['admin', 'policy', 'attach', 'local', 'consoleAdmin', '--user', accounts.Administrator.accessKey])
  await runMc(minio, ['admin', 'policy', 'attach', 'local', 'readonly', '--user', accounts.WithoutPermission.accessKey])

  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  const factory = stack.use(createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false }))
  const httpClient = factory.forTrust({ verification: 'Full' })
  const argon2 = createArgon2()
  let answerLost = false
  let passwordChanged = false
  let weakNodeIsAway = false
  const startWeakNode = async (): Promise<void> => {
    if (weakNodeIsAway && nodes > 1) await minio.start(weakNode)
    weakNodeIsAway = false
    await relays[weakNode]?.start()
  }
  const resources = stack.move()
  return {
    webhook: { targetName },
    endpoints: [`${receiver.url}/first`, `${receiver.url}/second`],
    nodes: relays.length,
    async reset() {
      await startWeakNode()
      await receiver.start()
      for (const relay of relays) {
        await relay.start()
        relay.clear()
      }
      answerLost = false
      if (passwordChanged) await setUser(accounts.Administrator)
      passwordChanged = false
      if ((await exportedTargets(minio)).has(targetName)) await resetTarget(minio, targetName)
    },
    createProvider(account, node) {
      const { accessKey, secretKey } = accounts[account]
      const known = relays.filter((_, index) => node === undefined || index === node)
      return createMinioProvider({
        endpoints: known.map(({ url }) => new URL(url)),
        credentials: { accessKey, secretKey: new Secret(secretKey) },
        httpClient,
        requestTimeoutMilliseconds: 10_000,
        argon2,
        clock: systemClock,
      })
    },
    async stored() {
      const target = (await exportedTargets(minio)).get(targetName)
      if (target === undefined) return undefined
      const { enable, endpoint = '', auth_token: authorization } = target
      return {
        endpoint,
        enabled: enable === 'on',
        authorization: authorization === '' ? undefined : authorization,
      }
    },
    async changeByHand({ endpoint, enabled, authorization = '' }) {
      await setTarget(minio, targetName, { enable: enabled ? 'on' : 'off', endpoint, auth_token: authorization })
    },
    // A write whose answer was lost is repeated as it is, which changes nothing more and cannot be told apart here.
    writes: () => (answerLost ? undefined : relays.flatMap(({ requests }) => requests.filter(isWrite)).length),
    written: () =>
      [readFileSync(minio.logPath(), 'utf8'), ...relays.map(({ requests }) => JSON.stringify(requests))].join('\n'),
    faults: {
      async loseAnswerOfNextWrite() {
        answerLost = true
        for (const relay of relays) relay.loseAnswer((request) => isWrite({ ...request, status: 200 }))
      },
      async stopAllNodes() {
        for (const relay of relays) await relay.stop()
      },
      async stopOneNode() {
        weakNodeIsAway = true
        await relays[weakNode]?.stop()
        if (nodes > 1) await minio.stop(weakNode, 'SIGKILL')
        return weakNode
      },
      startThatNode: startWeakNode,
      async holdEvents() {
        await receiver.stop()
        for (const endpoint of minio.endpoints) {
          for (let count = 0; count < 5; count++) await (await fetch(`${endpoint}/bucket/object`)).arrayBuffer()
        }
        return minio.endpoints.map((endpoint) => new URL(endpoint).host).sort()
      },
      async changePassword() {
        passwordChanged = true
        await setUser({ ...accounts.Administrator, secretKey: 'Another-horse-1' })
      },
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

function isWrite({ method, status }: RelayedRequest): boolean {
  return (method === 'PUT' || method === 'DELETE') && status < 300
}
