import { join } from 'node:path'

import type { ControlPlaneAccess } from './access.ts'
import type { ControlPlaneCredentials } from './credentials.ts'
import { startServer } from './server-process.ts'
import type { SupervisedProcess, Supervisor } from './supervisor.ts'

export interface ControllerManagerOptions {
  readonly file: string
  readonly credentials: ControlPlaneCredentials
  readonly access: Pick<ControlPlaneAccess, 'kubectl' | 'kubeconfigPath'>
  readonly signal?: AbortSignal | undefined
}

/** Starts all controllers with the rights of the administrator; resolves when the first of them have done their work. */
export function startControllerManager(
  supervisor: Supervisor,
  options: ControllerManagerOptions,
): Promise<SupervisedProcess> {
  const { files } = options.credentials
  return startServer(supervisor, {
    name: 'kube-controller-manager',
    file: options.file,
    args: [
      `--kubeconfig=${options.access.kubeconfigPath}`,
      `--service-account-private-key-file=${files.serviceAccountKey}`,
      `--root-ca-file=${files.authorityCertificate}`,
      '--leader-elect=false',
      // It serves nothing that a test asks for, and needs no port so.
      '--secure-port=0',
      // Its client-side limits make an emptied namespace wait for its end.
      '--kube-api-qps=300',
      '--kube-api-burst=600',
    ],
    logPath: join(supervisor.directory, 'kube-controller-manager.log'),
    signal: options.signal,
    async isReady() {
      const { code } = await options.access.kubectl(['get', 'serviceaccount', 'default', '--namespace=default'])
      return code === 0
    },
  })
}
