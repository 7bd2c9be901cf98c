import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { startOperatorProcess, type OperatorProcess } from '../../demo/operator-process.ts'
import { startControlPlane } from '../../test/control-plane/control-plane.ts'
import { findFreePorts } from '../../test/control-plane/free-ports.ts'
import { installDefinitions } from '../../test/control-plane/install-definitions.ts'
import { connect, type ApiServer } from '../../test/integration/api/api-server.ts'
import { createOperatorUser } from '../../test/support/operator-rbac.ts'
import { buildBundle } from '../support/build-bundle.ts'
import { readMachineFacts } from '../support/machine-facts.ts'
import { createClusters, createTenants, createWebhooks } from '../support/write-resources.ts'
import { countWrites } from './count-writes.ts'
import { measureScrapes } from './measure-scrapes.ts'
import type { SoakResult } from './soak-result.ts'
import { watchProcess } from './watch-process.ts'
import { readWebhooks, unsteady, type WebhookSnapshot } from './webhook-snapshot.ts'
import type { WorldCounters } from './world-process.ts'
import { startWorld } from './world.ts'

export interface SoakOptions {
  readonly webhooks: number
  readonly minutes: number
  /** What runs: the bundle of `npm run build`, as it is shipped, or the sources, which Node strips of types at each start. */
  readonly entry: 'bundle' | 'source'
  readonly say: (text: string) => void
}

const user = { username: 's3-audit-operator', password: 'a-password-for-the-soak' }
const token = 'b5a7c0de-0000-4000-8000-000000000001'

/**
 * A test of each target every five minutes instead of every 30 s: 333 TLS handshakes a second would be a measurement of two cores'
 * TLS. One marked test event each ten minutes, so that `lastTest` is written for every webhook in the time that is measured. Operator,
 * clusters, targets and API server share the cores: an answer that takes longer than the default of 5 s there says nothing of the target.
 */
const probe = { periodSeconds: 300, timeoutSeconds: 30, testEventPeriodSeconds: 600 }
/** The default of the API. */
const driftCheckSeconds = 300
const targets = 4
/** The first apply waits for the cluster to settle: more of them at a time than by default shorten the set-up. */
const setUpConcurrency = 256
const leaseNamespace = 's3-audit-system'
/** What was found out little by little is told when nothing but `lastTest` changed for so long. */
const settledMilliseconds = 60_000

/**
 * The real operator as a process of its own, with the rights of examples/, with many webhooks in force: each on a WEKA cluster (simulated)
 * of its own, leading to one of a few HEC targets (simulated, https). One process applies them all and is stopped; a second one with
 * the default flags takes over, reads everything back and tests every target. When all are Ready and nothing is left to tell, it
 * is watched for some minutes in which nobody changes anything: its writes, by the audit log of the API server; its memory,
 * connections and CPU time, by /proc. At last its metrics are read some times.
 */
export async function runSoak({ webhooks, minutes, entry, say }: SoakOptions): Promise<SoakResult> {
  const facts = readMachineFacts()
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 's3-audit-soak-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const controlPlane = stack.use(await startControlPlane({ auditLog: true }))
  await installDefinitions(controlPlane)
  const apiServer = stack.use(connect(controlPlane))
  const { name: userName, kubeconfigPath } = await createOperatorUser(controlPlane)
  await grantElection(apiServer, userName)

  say(`Starting ${webhooks} WEKA simulators and ${targets} targets`)
  const world = stack.use(await startWorld({ clusters: webhooks, targets, user, token }))
  say('Creating resources')
  await createTenants(apiServer, webhooks, { weka: user, token, caPem: world.caPem })
  await createClusters(apiServer, world.clusters)
  await createWebhooks(apiServer, webhooks, (index) => ({
    endpoint: world.targets[index % world.targets.length] ?? '',
    probe,
  }))

  const logPath = join(folder, 'operator.log')
  const [port = 0] = await findFreePorts(1)
  const start = (...args: readonly string[]): Promise<OperatorProcess> =>
    startOperatorProcess({
      args: [
        `--kubeconfig=${kubeconfigPath}`,
        `--listen=127.0.0.1:${port}`,
        '--allow-endpoint-cidr=127.0.0.0/8',
        `--leader-election-namespace=${leaseNamespace}`,
        ...args,
      ],
      logPath,
      ...(entry === 'source' ? {} : { entry: buildBundle() }),
    })
  say('Starting the operator, which applies everything')
  {
    await using first = await start(`--concurrency=${setUpConcurrency}`)
    await untilReady(apiServer, webhooks, (text) => say(`Process ${first.pid}: ${text}`))
    await untilSettled(apiServer, say)
  }
  say('Starting it anew with the default flags')
  const untouched = await world.counters()
  const operator = stack.use(await start())
  const resumeSeconds = await untilResumed(world, untouched, webhooks, say)
  await untilReady(apiServer, webhooks, say)
  const before = await untilSettled(apiServer, say)

  say(`Watching the operator for ${minutes} minutes`)
  const worldBefore = await world.counters()
  const from = new Date()
  const watched = await watchProcess({
    pid: operator.pid,
    remotePort: Number(new URL(controlPlane.server).port),
    milliseconds: minutes * 60_000,
    say,
  })
  const to = new Date()
  const worldAfter = await world.counters()
  const after = await readWebhooks(apiServer)
  const { writes, reads } = await countWrites({
    auditLogPath: controlPlane.address.auditLogPath ?? '',
    from,
    to,
    before,
    after,
  })
  say('Reading its metrics')
  const scrapes = await measureScrapes(`http://127.0.0.1:${port}/metrics`, operator.pid).catch(
    async (error: unknown) => {
      throw new Error(`The metrics cannot be read; the operator's log ends:\n${await endOf(logPath)}`, { cause: error })
    },
  )
  return {
    facts,
    entry,
    webhooks,
    probe,
    driftCheckSeconds,
    resumeSeconds,
    quietSeconds: (Number(to) - Number(from)) / 1000,
    writes,
    reads,
    ...watched,
    scrapes,
    world: {
      reads: worldAfter.reads - worldBefore.reads,
      changes: worldAfter.changes - worldBefore.changes,
      logins: worldAfter.logins - worldBefore.logins,
      targetTests: worldAfter.targetTests - worldBefore.targetTests,
      testEvents: worldAfter.testEvents - worldBefore.testEvents,
    },
    errorLines: await countErrors(logPath),
  }
}

async function untilReady(apiServer: ApiServer, webhooks: number, say: (text: string) => void): Promise<void> {
  const start = performance.now()
  for (;;) {
    const { ready } = await readWebhooks(apiServer)
    const seconds = (performance.now() - start) / 1000
    say(`${ready} of ${webhooks} Ready after ${Math.round(seconds)} s`)
    if (ready === webhooks) return
    await sleep(15_000)
  }
}

/** Until each webhook was read back and each target tested, once for all webhooks that lead to it. @returns the seconds it took. */
async function untilResumed(
  world: { counters(): Promise<WorldCounters> },
  before: WorldCounters,
  webhooks: number,
  say: (text: string) => void,
): Promise<number> {
  const start = performance.now()
  for (;;) {
    const now = await world.counters()
    const [reads, tests] = [now.reads - before.reads, now.targetTests - before.targetTests]
    const seconds = (performance.now() - start) / 1000
    if (reads >= webhooks && tests >= targets) return seconds
    say(`${reads} reads and ${tests} tests after ${Math.round(seconds)} s`)
    await sleep(5000)
  }
}

/** @returns the statuses that no longer change. */
async function untilSettled(apiServer: ApiServer, say: (text: string) => void): Promise<WebhookSnapshot> {
  let last = await readWebhooks(apiServer)
  for (;;) {
    await sleep(settledMilliseconds)
    const next = await readWebhooks(apiServer)
    const changed = unsteady(last, next)
    say(`Settling: ${changed.length} statuses changed within a minute`)
    if (changed.length === 0) return next
    last = next
  }
}

/** As examples/ grants it, in the operator's own namespace. */
async function grantElection(apiServer: ApiServer, userName: string): Promise<void> {
  const role = fileURLToPath(new URL('../../examples/leader-election-role.yaml', import.meta.url))
  const binding = ['rolebinding', 'leader-election', '--role=s3-audit-operator-leader-election', `--user=${userName}`]
  await apiServer.kubectl('create', 'namespace', leaseNamespace)
  await apiServer.kubectl('apply', '-n', leaseNamespace, '-f', role)
  await apiServer.kubectl('create', '-n', leaseNamespace, ...binding)
}

async function endOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).split('\n').slice(-20).join('\n')
}

async function countErrors(logPath: string): Promise<number> {
  const lines = (await readFile(logPath, 'utf8')).split('\n')
  return lines.filter((line) => /"level":(?:"error"|50)/.test(line)).length
}
