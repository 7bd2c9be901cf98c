import { onTestFinished } from 'vitest'

import { systemClock } from '../../src/kube/clock.ts'
import type { Logger } from '../../src/kube/logger.ts'
import { createAddressGuard } from '../../src/net/address-guard.ts'
import { createHttpClientFactory } from '../../src/net/http-client-factory.ts'
import type { TlsTrust } from '../../src/net/http-client.ts'
import { Secret } from '../../src/observability/secret.ts'
import type { AuditWebhookProvider, DesiredWebhook, WebhookKey } from '../../src/providers/provider.ts'
import { createWekaProvider, type WekaProviderOptions } from '../../src/providers/weka/weka-provider.ts'
import type { WekaUser } from '../simulators/weka/state.ts'
import { startWekaSimulator, type WekaSimulator, type WekaSimulatorOptions } from '../simulators/weka/weka-simulator.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { passTime } from './pass-time.ts'

export interface WekaClusterProviderOptions extends Partial<WekaProviderOptions> {
  /** @default the system's roots */
  readonly trust?: TlsTrust
  /** @default the right one */
  readonly password?: string
}

/** A simulated cluster and providers for it, on a clock that moves only while something is waited for. */
export interface WekaCluster {
  readonly simulator: WekaSimulator
  readonly clock: FakeClock
  /** Lines that the providers logged. */
  readonly logged: readonly string[]
  readonly provider: (options?: WekaClusterProviderOptions) => AuditWebhookProvider
  /** Lets I/O happen and the clock's timers fire until the work is done. */
  readonly settle: <T>(work: Promise<T>, step?: number) => Promise<T>
}

export const administrator: WekaUser = {
  username: 'admin',
  password: 'Correct-horse-1',
  org: 'Root',
  role: 'ClusterAdmin',
}
const systemTrust: TlsTrust = { verification: 'Full' }
/** WEKA ignores it. */
export const key: WebhookKey = { targetName: 'ignored' }
export const token = 'Splunk 11111111-aaaa-4000-8000-000000000001'
export const endpoint = 'https://hec.example.com:8088/services/collector/raw'

export function desiredWebhook(change: Partial<DesiredWebhook> = {}): DesiredWebhook {
  return { endpoint, enabled: true, authorization: new Secret(token), settings: {}, ...change }
}

/** Statuses that the cluster gave to calls of a path below `/api/v2`; 0: no answer. */
export function statusesOf({ simulator }: Pick<WekaCluster, 'simulator'>, path: string): readonly number[] {
  return simulator.requests().flatMap((request) => (request.path === `/api/v2${path}` ? [request.status] : []))
}

/** Starts it over plain http unless told otherwise; it ends with the test. */
export async function startWekaCluster(options: Partial<WekaSimulatorOptions> = {}): Promise<WekaCluster> {
  const clock = createFakeClock()
  const simulator = await startWekaSimulator({ users: [administrator], plainHttp: true, clock, ...options })
  onTestFinished(() => simulator[Symbol.asyncDispose]())
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  // Time-outs of real exchanges are in real time, lest a fake second pass before an answer can come.
  const factory = createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false })
  onTestFinished(() => factory[Symbol.asyncDispose]())
  const logged: string[] = []
  const write = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger }
  return {
    simulator,
    clock,
    logged,
    provider(options = {}) {
      const { trust = systemTrust, password = administrator.password, ...rest } = options
      const { username, org } = administrator
      const provider = createWekaProvider({
        endpoints: simulator.endpoints,
        credentials: { username, password: new Secret(password), organization: org },
        httpClient: factory.forTrust(trust),
        requestTimeoutMilliseconds: 5_000,
        clock,
        random: () => 0,
        logger,
        ...rest,
      })
      onTestFinished(() => provider[Symbol.asyncDispose]())
      return provider
    },
    settle: (work, step = 250) => passTime(clock, work, step),
  }
}
