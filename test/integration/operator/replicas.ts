import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Lease, LeaseSpec } from '../../../src/kube/lease.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { eventually } from '../../support/eventually.ts'
import type { ApiServer } from '../api/api-server.ts'
import type { World } from './world.ts'

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))
const main = path('src/main.ts')
const clusterRole = path('examples/cluster-role.yaml')
const electionRole = path('examples/leader-election-role.yaml')
const group = 'operators'

/** One of several operator processes in one namespace, each a user of its own, so that the audit log tells them apart. */
export interface Replica extends AsyncDisposable {
  readonly user: string
  readonly pid: number
  send(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  hasEnded(): boolean
  log(): Promise<string>
  /** Status and body of a path of its health server. */
  ask(path: string): Promise<{ readonly status: number; readonly body: string }>
}

/** Grants replicas what the examples grant, in every namespace. */
export async function grantReplicas({ kubectl }: Pick<ControlPlaneAccess, 'kubectl'>): Promise<void> {
  await succeed(kubectl, ['apply', '-f', clusterRole])
  await succeed(kubectl, ['create', 'clusterrolebinding', group, '--clusterrole=s3-audit-operator', `--group=${group}`])
}

/** Grants them the lease in the namespace of the world. */
export async function grantElection(world: World): Promise<void> {
  await world.kubectl('apply', '-f', electionRole)
  await world.kubectl('create', 'rolebinding', group, '--role=s3-audit-operator-leader-election', `--group=${group}`)
}

/** Starts the operator as its own process for the namespace of the world. Disposing kills it. */
export async function startReplica(options: {
  readonly controlPlane: Pick<ControlPlaneAccess, 'userKubeconfig'>
  readonly world: World
  readonly name: string
  /** For its log. */
  readonly folder: string
}): Promise<Replica> {
  const { controlPlane, world, name, folder } = options
  const user = `${world.namespace}-${name}`
  const logPath = join(folder, `${user}.log`)
  const file = await open(logPath, 'a')
  const child = spawn(
    process.execPath,
    [
      main,
      `--kubeconfig=${await controlPlane.userKubeconfig(user, [group])}`,
      `--namespace=${world.namespace}`,
      `--leader-election-namespace=${world.namespace}`,
      '--listen=127.0.0.1:0',
      '--allow-endpoint-cidr=127.0.0.0/8',
      '--log-level=debug',
    ],
    { stdio: ['ignore', file.fd, file.fd] },
  )
  await once(child, 'spawn')
  await file.close()
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const log = (): Promise<string> => readFile(logPath, 'utf8')
  return {
    user,
    pid: child.pid ?? 0,
    send: (signal) => void child.kill(signal),
    ended,
    hasEnded,
    log,
    async ask(path) {
      const port = await eventually(`${user} listens`, async () => /"port":(\d+)/u.exec(await log())?.[1])
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: response.status, body: await response.text() }
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded()) child.kill('SIGKILL')
      await ended
    },
  }
}

/** The spec of the lease; undefined while there is none. */
export async function readLease(apiServer: ApiServer, world: World): Promise<LeaseSpec | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${world.namespace}/leases/s3-audit-operator`
  const { status, body } = await apiServer.send('GET', path)
  return status === 200 ? (body as Lease).spec : undefined
}

async function succeed(kubectl: ControlPlaneAccess['kubectl'], args: readonly string[]): Promise<void> {
  const { code, stderr } = await kubectl(args)
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
}
