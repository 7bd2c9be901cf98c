import { systemClock } from '../../src/kube/clock.ts'
import { createAddressGuard } from '../../src/net/address-guard.ts'
import { createHttpClientFactory } from '../../src/net/http-client-factory.ts'
import { Secret } from '../../src/observability/secret.ts'
import { createTargetTester, type TargetSpec } from '../../src/target/ladder.ts'
import type { LadderLevel } from '../../src/target/verdict.ts'

export interface LadderBench extends AsyncDisposable {
  /**
   * Runs levels, all by default, against the raw endpoint of a collector at `server`, and gives `<level> <class> <reason>` for each
   * verdict. The guard lets only IPv4 loopback through besides what it always does.
   */
  readonly ladder: (
    server: URL,
    levels?: readonly LadderLevel[],
    more?: Partial<TargetSpec>,
  ) => Promise<readonly string[]>
}

/** @param token sent as `Splunk <token>` */
export function createLadderBench(token: string): LadderBench {
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  const httpClients = createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false })
  const tester = createTargetTester({ httpClients, clock: systemClock, newId: () => 'probe', version: '9.9.9' })
  return {
    async ladder(server, levels = [0, 1, 2, 3], more = {}) {
      const target: TargetSpec = {
        endpoint: new URL('/services/collector/raw', server),
        targetType: 'SplunkHEC',
        authorization: new Secret(`Splunk ${token}`),
        tls: { verification: 'Full' },
        timeoutMilliseconds: 5_000,
        resource: 'logs/siem',
        ...more,
      }
      const verdicts = await tester.test(target, levels, { signal: AbortSignal.timeout(30_000) })
      return verdicts.map((verdict) => `${verdict.level} ${verdict.class} ${verdict.reason}`)
    },
    [Symbol.asyncDispose]: () => httpClients[Symbol.asyncDispose](),
  }
}
