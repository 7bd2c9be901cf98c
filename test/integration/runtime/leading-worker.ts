import { KubeConfig } from '@kubernetes/client-node'

import { systemClock } from '../../../src/kube/clock.ts'
import { createLeaderElector } from '../../../src/kube/leader-election.ts'
import { LeadershipLostError } from '../../../src/kube/leadership-lost-error.ts'
import type { Logger } from '../../../src/kube/logger.ts'
import { createRestClient } from '../../../src/kube/rest-client.ts'
import { sleep } from '../../../src/kube/sleep.ts'
import { noMetrics } from '../../support/no-metrics.ts'

// A process that begins work at times of its own while it leads, a line for each, and ends with 3 when it does no more.

const [kubeconfigPath = ''] = process.argv.slice(2)
/** Shorter than the renew deadline: after a pause this timer fires before the one that ends the leadership. */
const pauseMilliseconds = 1_500

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

const kubeConfig = new KubeConfig()
kubeConfig.loadFromFile(kubeconfigPath)
const runtime = { clock: systemClock, random: Math.random, metrics: noMetrics }
const elector = createLeaderElector({
  ...runtime,
  client: createRestClient({ ...runtime, kubeConfig, userAgent: 'worker/1' }),
  lease: { namespace: 'ops', name: 'operator' },
  identity: `worker-${process.pid}`,
  leaseMilliseconds: 4_000,
  renewDeadlineMilliseconds: 3_000,
  retryMilliseconds: 500,
  logger: silent,
})

try {
  const { lost } = await elector.acquire(new AbortController().signal)
  for (;;) {
    elector.check()
    process.stdout.write('begun\n')
    await sleep(systemClock, pauseMilliseconds, lost)
  }
} catch (error) {
  process.exit(error instanceof LeadershipLostError ? 3 : 1)
}
