import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { architectureOfThisMachine } from '../../../scripts/image/node-source.ts'
import { writeImage } from '../../../scripts/image/write-image.ts'
import { answersOk } from '../../control-plane/answers-ok.ts'
import { findNodeBinaries } from '../../control-plane/binaries.ts'
import { runCommand } from '../../control-plane/run-command.ts'
import { startServer } from '../../control-plane/server-process.ts'
import { startSupervisor } from '../../control-plane/supervisor.ts'
import type { Cluster, ClusterMaker } from '../cluster.ts'
import { makeCgroup } from './cgroups.ts'
import { findContainerPrograms } from './find-container-programs.ts'
import { findPause } from './find-pause.ts'
import { makeNamespaces } from './namespaces.ts'
import { nodeComponents } from './node-components.ts'
import { writeNodeConfigs } from './node-configs.ts'
import { createNodeCredentials } from './node-credentials.ts'
import { nodeLayout, nodeName, nodeNetwork } from './node-layout.ts'
import { prepareScript } from './prepare-script.ts'
import { startRelay } from './relay.ts'
import { missingForSingleNode } from './requirements.ts'

/**
 * A real node on this machine: all of Kubernetes and containerd, in mount, network and process namespaces of their own.
 * The machine's network, settings and folders stay as they are; everything ends with the process that started it.
 */
export const singleNode: ClusterMaker = { name: 'single-node', missing: missingForSingleNode, up }

const pauseImage = 'localhost/pause:1'

async function up(): Promise<Cluster> {
  const binaries = await findNodeBinaries()
  const programs = await findContainerPrograms()
  const pause = await findPause()

  await using stack = new AsyncDisposableStack()
  const supervisor = stack.use(await startSupervisor())
  const layout = nodeLayout(supervisor.directory)
  const credentials = await createNodeCredentials(join(layout.directory, 'pki'))
  const cgroup = `s3-audit-operator-e2e-${process.pid}`
  await writeNodeConfigs({
    layout,
    cniPlugins: programs.cni,
    pauseImage,
    cgroup: `/${cgroup}`,
    authorityCertificate: credentials.authorityCertificate,
    proxyKubeconfig: credentials.kubeconfigs.kubeProxy,
  })
  const removal = join(import.meta.dirname, 'remove-cgroup-process.ts')
  await supervisor.cleanUp({ file: process.execPath, args: [removal, cgroup] })
  await makeCgroup(cgroup)
  const namespaces = await makeNamespaces(supervisor, { pause, prepare: prepareScript(layout) })
  const relay = stack.use(await startRelay({ pid: namespaces.pid, host: '127.0.0.1', port: nodeNetwork.apiServerPort }))
  const server = `https://127.0.0.1:${relay.port}`
  const kubeconfigPath = await credentials.adminKubeconfig(server)

  const kubectl: Cluster['kubectl'] = async (args, options) => {
    const cache = join(layout.directory, 'kubectl-cache')
    const env = { ...process.env, KUBECONFIG: kubeconfigPath, KUBECACHEDIR: cache, KUBERC: 'off' }
    return runCommand(binaries.kubectl, args, { ...options, env })
  }
  const start = async (name: string, file: string, args: readonly string[], isReady: () => Promise<boolean>) => {
    const [enter, enterArgs] = namespaces.enter(file, args)
    const logPath = layout.logPath(name)
    await startServer(supervisor, { name, file: enter, args: enterArgs, env: programs.env, logPath, isReady })
  }
  const ctr = (...args: readonly string[]) =>
    namespaces.run('ctr', ['--address', layout.containerdSocket, '--namespace', 'k8s.io', ...args], programs.env)
  const mustCtr = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await ctr(...args)
    if (code !== 0) throw new Error(`ctr ${args.join(' ')} failed: ${stderr.trim()}`)
  }
  const loadImage = (archivePath: string): Promise<void> => mustCtr('images', 'import', archivePath)
  const isRunning = (): Promise<boolean> => Promise.resolve(true)

  const components = nodeComponents(layout, credentials)
  await start('etcd', binaries.etcd, components.etcd, isRunning)
  const isContainerdReady = async (): Promise<boolean> => (await ctr('version')).code === 0
  await Promise.all([
    start('containerd', 'containerd', components.containerd, isContainerdReady).then(async () =>
      loadImage(await writePauseImage(layout.directory, pause)),
    ),
    start('kube-apiserver', binaries.kubeApiserver, components.apiServer, () =>
      answersOk(`${server}/readyz`, credentials.caPem),
    ),
  ])
  await start('kube-controller-manager', binaries.kubeControllerManager, components.controllerManager, isRunning)
  await start('kube-scheduler', binaries.kubeScheduler, components.scheduler, isRunning)
  await start('kube-proxy', binaries.kubeProxy, components.kubeProxy, isRunning)
  await start('kubelet', binaries.kubelet, components.kubelet, async () => {
    const ready = '{.status.conditions[?(@.type=="Ready")].status}'
    const { stdout } = await kubectl(['get', 'node', nodeName, `--output=jsonpath=${ready}`])
    return stdout === 'True'
  })

  const owned = stack.move()
  return {
    kubeconfigPath,
    kubectlPath: binaries.kubectl,
    loadImage,
    killContainer: (id) => mustCtr('tasks', 'kill', '--signal=SIGKILL', id),
    kubectl,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function writePauseImage(directory: string, pause: string): Promise<string> {
  const { path } = await writeImage(join(directory, 'pause.tar'), {
    name: pauseImage,
    architecture: architectureOfThisMachine(),
    layers: [[{ type: 'file', path: 'pause', mode: 0o755, content: await readFile(pause) }]],
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
  })
  return path
}
