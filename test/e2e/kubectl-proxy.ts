import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startServer } from '../control-plane/server-process.ts'
import { startSupervisor } from '../control-plane/supervisor.ts'
import type { Cluster } from './cluster.ts'

/** The API server without authentication, on loopback: through it, Services and pods are reached however the cluster is made. */
export interface KubectlProxy extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
}

export async function startKubectlProxy(cluster: Cluster): Promise<KubectlProxy> {
  await using stack = new AsyncDisposableStack()
  const supervisor = stack.use(await startSupervisor())
  const logPath = join(supervisor.directory, 'kubectl-proxy.log')
  const address = async (): Promise<string | undefined> =>
    /127\.0\.0\.1:\d+/.exec(await readFile(logPath, 'utf8').catch(() => ''))?.[0]
  await startServer(supervisor, {
    name: 'kubectl-proxy',
    file: cluster.kubectlPath,
    // It lets everything through that is not refused: also the start of a session in a pod, which nobody here asks for.
    args: ['proxy', '--port=0', '--address=127.0.0.1', '--kubeconfig', cluster.kubeconfigPath],
    logPath,
    isReady: async () => (await address()) !== undefined,
  })
  const url = `http://${await address()}`
  const owned = stack.move()
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
