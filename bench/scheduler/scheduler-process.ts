import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { Agent } from 'undici'

import { probeBlock } from '../../src/api/probe.ts'
import { systemClock } from '../../src/kube/clock.ts'
import type { Logger } from '../../src/kube/logger.ts'
import { createAddressGuard } from '../../src/net/address-guard.ts'
import { createHttpClientFactory } from '../../src/net/http-client-factory.ts'
import { Secret } from '../../src/observability/secret.ts'
import { createTargetTester } from '../../src/target/ladder.ts'
import { shareTests } from '../../src/target/share-tests.ts'
import { createTargetMonitor } from '../../src/target/target-monitor.ts'
import { serveParent } from '../support/worker.ts'

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

interface MonitorOptions {
  readonly ports: readonly number[]
  readonly targets: number
  readonly periodSeconds: number
  readonly watchedSeconds: number
}

interface MonitorFigures {
  readonly lags: readonly number[]
  readonly cpu: number
}

/** Watches the targets; the first period, in which everything is new, does not count. */
async function monitor(options: MonitorOptions): Promise<MonitorFigures> {
  const { ports, targets, periodSeconds, watchedSeconds } = options
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  await using httpClients = createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false })
  const real = createTargetTester({ httpClients, clock: systemClock, newId: randomUUID, version: 'bench' })
  let lags: number[] = []
  await using watching = createTargetMonitor({
    tester: shareTests(real, { clock: systemClock }),
    clock: systemClock,
    random: Math.random,
    logger: silent,
    observer: { tested: () => undefined, began: (lag) => void lags.push(lag) },
    onChange: () => undefined,
  })
  const probe = probeBlock.parse({ periodSeconds, testEventPeriodSeconds: 0 })
  for (let index = 0; index < targets; index++) {
    const resource = `bench/audit-${index}`
    watching.watch(resource, {
      target: {
        endpoint: new URL(`http://127.0.0.1:${ports[index % ports.length] ?? 0}/services/collector/raw`),
        targetType: 'SplunkHEC',
        authorization: new Secret(`Splunk token-${index}`),
        tls: { verification: 'Full' },
        timeoutMilliseconds: 5_000,
        resource,
      },
      fingerprint: resource,
      probe,
      maximumLevel: 3,
      slowMilliseconds: 2_500,
      restored: {},
    })
  }
  await sleep(periodSeconds * 1_000 * 1.5)
  lags = []
  const cpu = startCpu()
  await sleep(watchedSeconds * 1_000)
  return { lags, cpu: cpu() }
}

interface FloorOptions {
  readonly ports: readonly number[]
  readonly requests: number
  readonly watchedSeconds: number
}

/** As many requests in as much time, with nothing else. */
async function floor({ ports, requests, watchedSeconds }: FloorOptions): Promise<number> {
  const agent = new Agent({ connections: 4, pipelining: 1 })
  const cpu = startCpu()
  const started = performance.now()
  const running = new Set<Promise<void>>()
  for (let sent = 0; sent < requests;) {
    const due = Math.min(requests, Math.ceil(((performance.now() - started) / (watchedSeconds * 1_000)) * requests))
    for (; sent < due; sent++) {
      const origin = `http://127.0.0.1:${ports[sent % ports.length] ?? 0}`
      const request = agent
        .request({ origin, path: '/services/collector/health/1.0', method: 'GET' })
        .then(({ body }) => body.dump())
        .finally(() => running.delete(request))
      running.add(request)
    }
    await sleep(5)
  }
  await Promise.all(running)
  const used = cpu()
  await agent.destroy()
  return used
}

/** Cores in use since. */
function startCpu(): () => number {
  const [before, started] = [process.cpuUsage(), performance.now()]
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000 / (performance.now() - started)
  }
}

export type SchedulerHandlers = {
  readonly monitor: (options: MonitorOptions) => Promise<MonitorFigures>
  readonly floor: (options: FloorOptions) => Promise<number>
}

serveParent({ monitor, floor } satisfies SchedulerHandlers)
