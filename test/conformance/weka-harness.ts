import { systemClock } from '../../src/kube/clock.ts'
import type { Logger } from '../../src/kube/logger.ts'
import { createAddressGuard } from '../../src/net/address-guard.ts'
import { createHttpClientFactory } from '../../src/net/http-client-factory.ts'
import type { HttpClient } from '../../src/net/http-client.ts'
import { Secret } from '../../src/observability/secret.ts'
import { createWekaProvider } from '../../src/providers/weka/weka-provider.ts'
import type { KnobsChange } from '../simulators/weka/knobs.ts'
import type { WekaUser } from '../simulators/weka/state.ts'
import { startWekaSimulator } from '../simulators/weka/weka-simulator.ts'
import type { Account, ProviderHarness } from './provider-harness.ts'

const users: Readonly<Record<Account, WekaUser>> = {
  Administrator: { username: 'admin', password: 'Correct-horse-1', org: 'Root', role: 'ClusterAdmin' },
  WrongPassword: { username: 'admin', password: 'Wrong-horse-1', org: 'Root', role: 'ClusterAdmin' },
  WithoutPermission: { username: 'csi', password: 'Correct-horse-2', org: 'Root', role: 'CSI' },
}

/** The simulated cluster with three backends, over TLS, behaving as `knobs` say. */
export async function startWekaHarness(knobs: KnobsChange = {}): Promise<ProviderHarness> {
  await using stack = new AsyncDisposableStack()
  const simulator = stack.use(
    await startWekaSimulator({
      users: [users.Administrator, users.WithoutPermission],
      backends: 3,
      knobs: { restartMilliseconds: 100, ...knobs },
    }),
  )
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  const factory = stack.use(createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false }))
  const { caPem = '' } = simulator
  const httpClient = factory.forTrust({ verification: 'Full', caCertificate: caPem })
  const lines: string[] = []
  const resources = stack.move()
  return {
    webhook: { targetName: 'ignored' },
    endpoints: [
      'https://hec-1.example.com:8088/services/collector/raw',
      'https://hec-2.example.com:8088/services/collector/raw',
    ],
    nodes: simulator.endpoints.length,
    reset: () => simulator.reset(),
    createProvider(account, node) {
      const { username, password, org } = users[account]
      return createWekaProvider({
        endpoints: simulator.endpoints.filter((_, index) => node === undefined || index === node),
        credentials: { username, password: new Secret(password), organization: org },
        httpClient,
        requestTimeoutMilliseconds: 5_000,
        clock: systemClock,
        random: Math.random,
        logger: loggerTo(lines),
      })
    },
    async stored() {
      const { endpoint, enabled, authToken } = simulator.webhook()
      return endpoint === ''
        ? undefined
        : { endpoint, enabled, authorization: authToken === '' ? undefined : authToken }
    },
    async changeByHand({ endpoint, enabled, authorization = '' }) {
      simulator.setWebhookByHand({ endpoint, enabled, authToken: authorization })
    },
    writes: () => simulator.counters().enables + simulator.counters().disables,
    written: () => [...lines, JSON.stringify(simulator.requests()), JSON.stringify(simulator.events())].join('\n'),
    faults: {
      async loseAnswerOfNextWrite() {
        simulator.setKnobs({ applyThenFail: { mode: 'reset', count: 1 } })
      },
      async stopAllNodes() {
        await Promise.all(simulator.endpoints.map((_, index) => simulator.stopBackend(index)))
      },
      async stopOneNode() {
        await simulator.stopBackend(1)
        return 1
      },
      startThatNode: () => simulator.startBackend(1),
      async upgradeHalf() {
        simulator.setRelease('6.0.1')
        simulator.setKnobs({ backendFaults: { 0: { mode: 'unavailable' } }, backendReleases: { 1: '5.1.0' } })
      },
      async lockOut() {
        for (let tries = 0; tries < 5; tries++) await failLogin(simulator.endpoints[0], httpClient)
      },
      async changePassword() {
        simulator.setUser({ ...users.Administrator, password: 'Another-horse-1' })
        simulator.revokeTokens('AllTokens')
      },
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function failLogin(endpoint: URL | undefined, httpClient: HttpClient): Promise<void> {
  await httpClient.request({
    method: 'POST',
    url: new URL('/api/v2/login', endpoint),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: users.Administrator.username, password: 'guess' }),
    timeoutMilliseconds: 5_000,
    maximumBodyBytes: 1024,
    signal: AbortSignal.timeout(5_000),
  })
}

function loggerTo(lines: string[]): Logger {
  const write = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger }
  return logger
}
