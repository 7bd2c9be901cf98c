import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startOperatorProcess } from '../../demo/operator-process.ts'
import { startControlPlane } from '../../test/control-plane/control-plane.ts'
import { installDefinitions } from '../../test/control-plane/install-definitions.ts'
import { connect, type ApiServer } from '../../test/integration/api/api-server.ts'
import { createOperatorUser } from '../../test/support/operator-rbac.ts'
import { buildBundle } from '../support/build-bundle.ts'
import { readMachineFacts } from '../support/machine-facts.ts'
import { referenceOf } from '../support/resources.ts'
import { median } from '../support/statistics.ts'
import { startWorker } from '../support/worker.ts'
import { createClusters, createTenants, createWebhooks } from '../support/write-resources.ts'
import type { Contained, ContainmentResult, SyncTimes } from './containment-result.ts'
import { untilSynced } from './until-synced.ts'
import type { WorldHandlers } from './world-process.ts'

export interface ContainmentOptions {
  readonly clusters: number
  /** Of the clusters. */
  readonly hanging: number
  readonly rounds: number
  readonly say: (text: string) => void
}

interface Setting extends Pick<ContainmentOptions, 'clusters' | 'hanging'> {
  readonly moment: 'start' | 'change'
  readonly entry: string
}

const user = { username: 's3-audit-operator', password: 'a-password-for-the-bench' }
const firstToken = 'b5a7c0de-0000-4000-8000-000000000001'
const secondToken = 'b5a7c0de-0000-4000-8000-000000000002'
/** The default of the API. */
const requestTimeoutSeconds = 60

/**
 * The operator as its own process with its default flags, and as many WEKA clusters (simulated) as asked for, each with a webhook. Each
 * measurement has a control plane, clusters and an operator of its own; those with and without hanging clusters take turns.
 */
export async function runContainment(options: ContainmentOptions): Promise<ContainmentResult> {
  const { clusters, hanging, rounds, say } = options
  const facts = readMachineFacts()
  const entry = buildBundle()
  const contained = async (moment: Setting['moment']): Promise<Contained> => {
    const times = { without: [] as SyncTimes[], with: [] as SyncTimes[] }
    for (let round = 0; round < rounds; round++) {
      for (const kind of round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
        const setting = kind === 'with' ? { clusters, hanging } : { clusters: clusters - hanging, hanging: 0 }
        const taken = await measure({ ...setting, moment, entry })
        say(`${moment}, ${kind} hanging clusters: ${JSON.stringify(taken)}`)
        times[kind].push(taken)
      }
    }
    return { ...times, ratio: ratioOf(times) }
  }
  const start = await contained('start')
  const change = await contained('change')
  return { facts, clusters, hanging, requestTimeoutSeconds, start, change }
}

/** @throws Error when a cluster that hangs was not asked: then it was not in the way. */
async function measure({ clusters, hanging, moment, entry }: Setting): Promise<SyncTimes> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 's3-audit-containment-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const controlPlane = stack.use(await startControlPlane())
  await installDefinitions(controlPlane)
  const apiServer = stack.use(connect(controlPlane))
  const { kubeconfigPath } = await createOperatorUser(controlPlane)
  const worker = stack.use(await startWorker<WorldHandlers>(new URL('world-process.ts', import.meta.url)))
  const world = await worker.call('start', { clusters, user, tokens: [firstToken, secondToken] })
  await createTenants(apiServer, clusters, { weka: user, token: firstToken, caPem: world.caPem })
  await createClusters(apiServer, world.clusters)
  await createWebhooks(apiServer, clusters, () => ({ endpoint: world.target }))
  const webhooks = Array.from({ length: clusters }, (_, index) => referenceOf(index))
  const answering = webhooks.slice(hanging)

  const startOperator = async (): Promise<void> => {
    const args = [`--kubeconfig=${kubeconfigPath}`, '--listen=127.0.0.1:0', '--allow-endpoint-cidr=127.0.0.0/8']
    const operator = await startOperatorProcess({
      args: [...args, '--no-leader-elect'],
      logPath: join(folder, 'operator.log'),
      entry,
    })
    // A stop in peace would wait for the clusters that hang.
    stack.defer(() => operator.kill())
  }
  const measured = async (change: () => Promise<ReadonlyMap<string, string> | undefined>): Promise<SyncTimes> => {
    await worker.call('hang', hanging)
    const since = performance.now()
    const tokenVersions = await change()
    return await untilSynced({ apiServer, webhooks: answering, since, tokenVersions })
  }

  let times: SyncTimes
  if (moment === 'start') {
    times = await measured(async () => {
      await startOperator()
      return undefined
    })
  } else {
    await startOperator()
    await untilSynced({ apiServer, webhooks, since: performance.now(), tokenVersions: undefined })
    times = await measured(() => rotateTokens(apiServer, new Set(webhooks.map(({ namespace }) => namespace))))
  }
  const hung = await worker.call('hung', hanging)
  if (hung < hanging) throw new Error(`Only ${hung} of ${hanging} clusters left a request without an answer`)
  return times
}

/** @returns the new resourceVersion of the Secret by namespace. */
async function rotateTokens(
  apiServer: ApiServer,
  namespaces: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>()
  for (const namespace of namespaces) {
    const path = `/api/v1/namespaces/${namespace}/secrets/splunk-token`
    const change = { stringData: { token: secondToken } }
    const { status, body } = await apiServer.send('PATCH', path, change, {
      contentType: 'application/merge-patch+json',
    })
    if (status !== 200) throw new Error(`PATCH ${path}: ${JSON.stringify(body)}`)
    const { metadata } = body as { readonly metadata: { readonly resourceVersion: string } }
    versions.set(namespace, metadata.resourceVersion)
  }
  return versions
}

function ratioOf(contained: Omit<Contained, 'ratio'>): SyncTimes {
  const ratio = (name: keyof SyncTimes): number =>
    median(contained.with.map((times) => times[name])) / median(contained.without.map((times) => times[name]))
  return { p50: ratio('p50'), p99: ratio('p99'), all: ratio('all') }
}
