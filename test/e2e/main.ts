import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { parse } from 'yaml'
import { z } from 'zod'

import { buildBundle } from '../../bench/support/build-bundle.ts'
import { createNarrator } from '../../demo/narrator.ts'
import { nodeSourceOfThisMachine } from '../../scripts/image/node-source.ts'
import { operatorImage } from '../../scripts/image/operator-image.ts'
import { writeImage } from '../../scripts/image/write-image.ts'
import { readFlags } from '../../scripts/read-flags.ts'
import { reportProgress } from '../control-plane/progress.ts'
import { startSupervisor } from '../control-plane/supervisor.ts'
import { findHelm } from '../helm/find-helm.ts'
import type { Cluster, ClusterMaker } from './cluster.ts'
import { findClusterMaker } from './find-cluster-maker.ts'
import { kindCluster } from './kind/kind-cluster.ts'
import { startKubectlProxy } from './kubectl-proxy.ts'
import { minioImage } from './simulators/minio-image.ts'
import { simulatorImage } from './simulators/simulator-image.ts'
import { startSimulators } from './simulators/simulators.ts'
import { machineFacts } from './single-node/machine-facts.ts'
import { singleNode } from './single-node/single-node.ts'
import { createStage } from './stage.ts'
import { install } from './story/install.ts'
import { podLabels } from './story/installation.ts'
import { walkOperations } from './story/operations.ts'
import { walkResources } from './story/resources.ts'
import { walkUninstall } from './story/uninstall.ts'

const help = `Installs the operator by its chart in a real Kubernetes cluster, and runs its main job there in pods.

npm run e2e -- [flags]

  --cluster <name>      kind (needs Docker) or single-node (needs root); the first that this machine can have
  --kubernetes <image>  node image of kind, with digest
  --keep                leave everything running at the end, until Ctrl-C
  --help                this text

On a machine that can have neither it says \`not run: needs ...\` and ends with status 0.
`

const { values } = readFlags(
  {
    options: {
      cluster: { type: 'string' },
      kubernetes: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  },
  help,
)

const maximumImageBytes = 150e6
const root = join(import.meta.dirname, '../..')
const write = (text: string): void => void process.stdout.write(text)

try {
  await main()
} catch (error) {
  process.stderr.write(`\nThe end-to-end story failed: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const makers = [kindCluster(values.kubernetes), singleNode]
  const wanted = values.cluster === undefined ? makers : makers.filter(({ name }) => name === values.cluster)
  if (wanted.length === 0) throw new Error(`--cluster takes kind or single-node, not '${values.cluster}'`)
  const found = await findClusterMaker(wanted)
  if ('missing' in found) {
    write(`not run: needs ${found.missing.join('; or ')}\n`)
    return
  }
  const started = performance.now()
  // A cluster of kind leaves the network of Docker that it made.
  const comparing = found.maker.name === 'single-node'
  const before = comparing ? await machineFacts() : {}
  const held = await tell(found.maker)
  if (comparing) compareFacts(before, await machineFacts())
  write(`\nAll ${held} claims held, in ${secondsSince(started)}.\n`)
}

/** Runs the whole story on a cluster of its own. @returns how many claims held */
async function tell(maker: ClusterMaker): Promise<number> {
  await using stack = new AsyncDisposableStack()
  // Its directory goes with it, even if this process is killed.
  const { directory } = stack.use(await startSupervisor())
  // Whatever takes minutes the first time comes before anything is started.
  const helmPath = await findHelm()
  const operator = await writeOperatorImage(join(directory, 'operator.tar'))
  const again = await writeOperatorImage(join(directory, 'operator-again.tar'))
  await rm(again.path)
  const simulators = await writeImage(join(directory, 'simulators.tar'), await simulatorImage(directory))
  const minio = await writeImage(join(directory, 'minio.tar'), await minioImage())

  const started = performance.now()
  const cluster = stack.use(await maker.up())
  write(`\nA cluster is up (${maker.name}) in ${secondsSince(started)}\n`)
  const narrator = createNarrator(cluster, write)
  try {
    narrator.check(
      `the image is below ${maximumImageBytes / 1e6} MB: ${(operator.bytes / 1e6).toFixed(1)} MB`,
      operator.bytes < maximumImageBytes,
    )
    narrator.check('built twice, it has the same bytes', operator.digest === again.digest)
    {
      using _progress = reportProgress('Loading images into the node')
      for (const { path } of [operator, simulators, minio]) await cluster.loadImage(path)
    }
    await narrator.kubectl(['get', 'nodes', '-o', 'wide'])
    const stage = await createStage({ cluster, narrator, helmPath, directory, write })
    const proxy = stack.use(await startKubectlProxy(cluster))
    const world = await startSimulators(stage, proxy.url)
    const installation = await install(stage)
    await walkResources(stage, world)
    if (values.keep) {
      write(`\nEverything keeps running until Ctrl-C. KUBECONFIG=${cluster.kubeconfigPath}\n`)
      await untilInterrupted()
      return narrator.held
    }
    await walkOperations(stage, { installation, simulators: world, proxyUrl: proxy.url })
    await walkUninstall(stage, { installation, simulators: world })
  } catch (error) {
    await showOperator(cluster)
    throw error
  }
  return narrator.held
}

/** @throws {Error} naming what is not as it was. */
function compareFacts(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): void {
  const changed = Object.keys(before).filter((name) => before[name] !== after[name])
  if (changed.length > 0) {
    const lines = changed.map((name) => `${name} before:\n${before[name]}\n${name} after:\n${after[name]}`)
    throw new Error(`The node is gone, but the machine is not as it was:\n${lines.join('\n')}`)
  }
  write(`\nThe machine is as it was: ${Object.keys(before).join(', ')}\n`)
}

/** Under the name that the chart's defaults ask for, as if it had been pulled. */
async function writeOperatorImage(path: string): ReturnType<typeof writeImage> {
  const chart = join(root, 'charts/s3-audit-operator')
  const { appVersion } = z
    .object({ appVersion: z.string() })
    .parse(parse(await readFile(join(chart, 'Chart.yaml'), 'utf8')))
  const { image } = z
    .object({ image: z.object({ repository: z.string(), tag: z.string() }) })
    .parse(parse(await readFile(join(chart, 'values.yaml'), 'utf8')))
  buildBundle()
  const name = `${image.repository}:${image.tag || appVersion}`
  return writeImage(path, operatorImage({ ...nodeSourceOfThisMachine(), name }))
}

/** What a failed story is explained with. */
async function showOperator(cluster: Cluster): Promise<void> {
  for (const args of [
    ['get', 'pods', '--all-namespaces', '-o', 'wide'],
    ['get', 'events', '--all-namespaces', '--field-selector=type=Warning'],
    ['get', 's3clusters,s3auditwebhooks', '--all-namespaces', '-o', 'yaml'],
    ['logs', '--namespace', 's3-audit-operator', `--selector=${podLabels}`, '--prefix', '--tail=40'],
  ]) {
    const { stdout, stderr } = await cluster.kubectl(args)
    process.stderr.write(`\n$ kubectl ${args.join(' ')}\n${stdout}${stderr}`)
  }
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function secondsSince(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`
}
