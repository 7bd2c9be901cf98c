import { join } from 'node:path'

import { answersOk } from './answers-ok.ts'
import { writeAuditPolicy } from './audit-log.ts'
import type { ControlPlaneCredentials } from './credentials.ts'
import { startServer } from './server-process.ts'
import type { SupervisedProcess, Supervisor } from './supervisor.ts'

export interface ApiServerOptions {
  readonly file: string
  readonly port: number
  readonly etcdPort: number
  readonly credentials: ControlPlaneCredentials
  /** Where it writes its audit log, if at all. */
  readonly auditLogPath: string | undefined
  readonly streamingLists: boolean
  readonly signal?: AbortSignal | undefined
}

/** Starts the API server and waits until all its start-up hooks are done, RBAC's own roles among them. */
export async function startApiServer(supervisor: Supervisor, options: ApiServerOptions): Promise<SupervisedProcess> {
  const { authority, files } = options.credentials
  return startServer(supervisor, {
    name: 'kube-apiserver',
    file: options.file,
    args: [
      `--etcd-servers=https://127.0.0.1:${options.etcdPort}`,
      `--etcd-cafile=${files.authorityCertificate}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${options.port}`,
      `--cert-dir=${join(supervisor.directory, 'api-server')}`,
      `--tls-cert-file=${files.servingCertificate}`,
      `--tls-private-key-file=${files.servingKey}`,
      `--client-ca-file=${files.authorityCertificate}`,
      `--token-auth-file=${files.tokens}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.serviceAccountKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      // Else every token of a pod lives for a year.
      '--service-account-extend-token-expiration=false',
      '--service-cluster-ip-range=10.96.0.0/16',
      // A Service may not lead to the loopback interface: there are no endpoints of the API server.
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      ...(options.streamingLists ? [] : ['--feature-gates=WatchList=false']),
      ...(await auditFlags(supervisor, options.auditLogPath)),
    ],
    logPath: join(supervisor.directory, 'kube-apiserver.log'),
    signal: options.signal,
    isReady: () => isApiServerReady(`https://127.0.0.1:${options.port}`, authority.certPem),
  })
}

/** Asks `/readyz`, which everybody may read. @throws when nobody listens. */
export function isApiServerReady(server: string, caPem: string): Promise<boolean> {
  return answersOk(`${server}/readyz`, caPem)
}

async function auditFlags(supervisor: Supervisor, auditLogPath: string | undefined): Promise<readonly string[]> {
  if (auditLogPath === undefined) return []
  const policy = join(supervisor.directory, 'audit-policy.yaml')
  await writeAuditPolicy(policy)
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLogPath}`]
}
