import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { findControlPlaneBinaries } from '../../control-plane/binaries.ts'
import { reportProgress } from '../../control-plane/progress.ts'
import { runCommand } from '../../control-plane/run-command.ts'
import { startSupervisor } from '../../control-plane/supervisor.ts'
import type { Cluster, ClusterMaker } from '../cluster.ts'
import { findKind } from './find-kind.ts'

/**
 * A cluster of kind, one container of Docker. It is deleted when the process that started it ends, in whichever way.
 *
 * @param nodeImage with digest; absent: the default of kind's version.
 */
export function kindCluster(nodeImage?: string): ClusterMaker {
  return { name: 'kind', missing, up: () => up(nodeImage) }
}

async function missing(): Promise<readonly string[]> {
  try {
    const { code } = await runCommand('docker', ['version', '--format', '{{.Server.Version}}'])
    return code === 0 ? [] : ['a Docker daemon']
  } catch {
    return ['Docker']
  }
}

async function up(nodeImage: string | undefined): Promise<Cluster> {
  const { kubectl: kubectlPath } = await findControlPlaneBinaries()
  const kind = await findKind()
  await using stack = new AsyncDisposableStack()
  const supervisor = stack.use(await startSupervisor())
  const { directory } = supervisor
  const kubeconfigPath = join(directory, 'kubeconfig')
  const name = `s3-audit-operator-${randomBytes(4).toString('hex')}`
  const run = async (args: readonly string[]): Promise<void> => {
    const { code, stderr } = await runCommand(kind, args)
    if (code !== 0) throw new Error(`kind ${args.slice(0, 2).join(' ')} failed: ${stderr.trim()}`)
  }
  const removal = ['delete', 'cluster', `--name=${name}`, `--kubeconfig=${kubeconfigPath}`]
  await supervisor.cleanUp({ file: kind, args: removal })
  {
    using _progress = reportProgress(`Creating a cluster with kind${nodeImage === undefined ? '' : ` (${nodeImage})`}`)
    const image = nodeImage === undefined ? [] : [`--image=${nodeImage}`]
    await run(['create', 'cluster', `--name=${name}`, `--kubeconfig=${kubeconfigPath}`, '--wait=180s', ...image])
  }
  const owned = stack.move()
  return {
    kubeconfigPath,
    kubectlPath,
    loadImage: (archivePath) => run(['load', 'image-archive', archivePath, `--name=${name}`]),
    async killContainer(id) {
      const ctr = ['ctr', '--namespace=k8s.io', 'tasks', 'kill', '--signal=SIGKILL', id]
      const { code, stderr } = await runCommand('docker', ['exec', `${name}-control-plane`, ...ctr])
      if (code !== 0) throw new Error(`docker exec failed: ${stderr.trim()}`)
    },
    kubectl(args, options) {
      const cache = join(directory, 'kubectl-cache')
      const env = { ...process.env, KUBECONFIG: kubeconfigPath, KUBECACHEDIR: cache, KUBERC: 'off' }
      return runCommand(kubectlPath, args, { ...options, env })
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
