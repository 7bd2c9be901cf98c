import { join } from 'node:path'

import { answersOk } from './answers-ok.ts'
import type { ControlPlaneCredentials } from './credentials.ts'
import { startServer } from './server-process.ts'
import type { SupervisedProcess, Supervisor } from './supervisor.ts'

export interface EtcdOptions {
  readonly file: string
  readonly clientPort: number
  readonly peerPort: number
  readonly credentials: ControlPlaneCredentials
  readonly signal?: AbortSignal | undefined
}

/** Starts etcd on the data it left, if any. */
export function startEtcd(supervisor: Supervisor, options: EtcdOptions): Promise<SupervisedProcess> {
  const { authority, files } = options.credentials
  const clientUrl = `https://127.0.0.1:${options.clientPort}`
  const peerUrl = `http://127.0.0.1:${options.peerPort}`
  return startServer(supervisor, {
    name: 'etcd',
    file: options.file,
    args: [
      `--data-dir=${join(supervisor.directory, 'etcd')}`,
      `--listen-client-urls=${clientUrl}`,
      `--advertise-client-urls=${clientUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      // TLS keeps other control planes out, should one get the port of this one.
      `--cert-file=${files.servingCertificate}`,
      `--key-file=${files.servingKey}`,
      // The data need not survive the machine.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    logPath: join(supervisor.directory, 'etcd.log'),
    signal: options.signal,
    isReady: () => answersOk(`${clientUrl}/health`, authority.certPem),
  })
}
