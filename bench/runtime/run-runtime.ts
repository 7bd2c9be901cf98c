import { setTimeout as sleep } from 'node:timers/promises'

import { startControlPlane, type ControlPlane } from '../../test/control-plane/control-plane.ts'
import { installDefinitions } from '../../test/control-plane/install-definitions.ts'
import { connect, type ApiServer } from '../../test/integration/api/api-server.ts'
import { readMachineFacts } from '../support/machine-facts.ts'
import { webhooksPath } from '../support/resources.ts'
import { median, quantile } from '../support/statistics.ts'
import { startWorker } from '../support/worker.ts'
import { applyWebhookStatuses, createTenants, createWebhooks } from '../support/write-resources.ts'
import type { FollowerHandlers } from './follower-process.ts'
import { type ApiAccess, type FollowerKind, followerKinds } from './followers/follower.ts'
import type { LoadHandlers } from './load-process.ts'
import { measureCalls } from './measure-calls.ts'
import { measureLatency, type Latencies } from './measure-latency.ts'
import { measureList } from './measure-list.ts'
import { measureQueue, type QueueFigures } from './measure-queue.ts'
import { measureWatch } from './measure-watch.ts'
import type { ContenderResult, LatencyFigures, Percentiles, RuntimeResult } from './runtime-result.ts'
import type { Session } from './session.ts'

/** What one round found of one contender. */
interface Round extends Omit<ContenderResult, 'latency'> {
  readonly latencies: Latencies
}

/** For garbage of the list to go, as far as V8 thinks it worth while. */
const restMilliseconds = 2000

/**
 * Our runtime, the stock client and the floor against one real API server that holds `objects` S3AuditWebhooks of realistic size. Each
 * contender is measured in a fresh process with nothing beside it; in each round they take turns in another order.
 */
export async function runRuntime(options: {
  readonly objects: number
  readonly rounds: number
  readonly say: (text: string) => void
}): Promise<RuntimeResult> {
  const { objects, rounds, say } = options
  const facts = readMachineFacts()
  await using stack = new AsyncDisposableStack()
  const controlPlane = stack.use(await startControlPlane())
  await installDefinitions(controlPlane)
  const apiServer = stack.use(connect(controlPlane))
  say(`Creating ${objects} S3AuditWebhooks`)
  await createTenants(apiServer, objects, { weka: { username: 'a', password: 'b' }, token: 'c', caPem: 'd' })
  await createWebhooks(apiServer, objects, () => ({
    endpoint: 'https://splunk.example.com:8088/services/collector/raw',
  }))
  await applyWebhookStatuses(apiServer, objects)

  const access = accessTo(controlPlane)
  const load = stack.use(await startWorker<LoadHandlers>(new URL('load-process.ts', import.meta.url)))
  await load.call('start', { access, objects })
  const found = new Map<FollowerKind, Round[]>(followerKinds.map((kind) => [kind, []]))
  const queues: QueueFigures[] = []
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < followerKinds.length; turn++) {
      const kind = followerKinds[(round + turn) % followerKinds.length] ?? 'runtime'
      say(`Round ${round + 1} of ${rounds}: ${kind}`)
      found.get(kind)?.push(await measure(kind, access, { objects, load }))
    }
    queues.push(await measureQueue())
  }
  return {
    facts,
    objects,
    rounds,
    bytesPerObject: await averageBytes(apiServer),
    contenders: Object.fromEntries(
      [...found].map(([kind, results]) => [kind, summary(results)]),
    ) as RuntimeResult['contenders'],
    queue: {
      withMetrics: median(queues.map(({ withMetrics }) => withMetrics)),
      withoutMetrics: median(queues.map(({ withoutMetrics }) => withoutMetrics)),
      floor: median(queues.map(({ floor }) => floor)),
    },
  }
}

function accessTo({ server, caPem, adminToken, kubeconfigPath }: ControlPlane): ApiAccess {
  return { server, caPem, token: adminToken, kubeconfigPath }
}

async function measure(kind: FollowerKind, access: ApiAccess, rest: Omit<Session, 'follower'>): Promise<Round> {
  await using follower = await startWorker<FollowerHandlers>(new URL('follower-process.ts', import.meta.url))
  const session = { ...rest, follower }
  await follower.call('prepare', { kind, access })
  const list = await measureList(session)
  await sleep(restMilliseconds)
  const watch = await measureWatch(session)
  const latencies = await measureLatency(session)
  const { rssBytes, connections } = await follower.call('memory', undefined)
  return { list, watch, latencies, rssBytes, connections, calls: await measureCalls(session) }
}

async function averageBytes(apiServer: ApiServer): Promise<number> {
  const { body } = await apiServer.send('GET', `${webhooksPath}?limit=100`)
  const { items } = body as { readonly items: readonly object[] }
  return Math.round(JSON.stringify(items).length / items.length)
}

function summary(rounds: readonly Round[]): ContenderResult {
  const middle = (read: (round: Round) => number): number => median(rounds.map(read))
  return {
    list: {
      milliseconds: middle(({ list }) => list.milliseconds),
      cpuMilliseconds: middle(({ list }) => list.cpuMilliseconds),
    },
    watch: {
      eventsPerSecond: middle(({ watch }) => watch.eventsPerSecond),
      cpuMicrosecondsPerEvent: middle(({ watch }) => watch.cpuMicrosecondsPerEvent),
      lost: rounds.reduce((sum, { watch }) => sum + watch.lost, 0),
    },
    latency: latencyFigures(rounds.map(({ latencies }) => latencies)),
    calls: {
      milliseconds: middle(({ calls }) => calls.milliseconds),
      cpuMilliseconds: middle(({ calls }) => calls.cpuMilliseconds),
      connections: middle(({ calls }) => calls.connections),
    },
    rssBytes: middle(({ rssBytes }) => rssBytes),
    connections: middle(({ connections }) => connections),
  }
}

function latencyFigures(rounds: readonly Latencies[]): LatencyFigures {
  const samples = rounds.flatMap((round) => round.samples)
  const lost = rounds.reduce((sum, round) => sum + round.lost, 0)
  return {
    changes: samples.length + lost,
    lost,
    sinceSent: percentiles(samples.map(({ sinceSent }) => sinceSent)),
    sinceAnswered: percentiles(samples.map(({ sinceAnswered }) => sinceAnswered)),
    sinceArrived: percentiles(samples.flatMap(({ sinceArrived }) => sinceArrived ?? [])),
  }
}

/** Undefined without values: a contender without a resume can lose its watch, and with it everything. */
function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), maximum: quantile(values, 1) }
}
