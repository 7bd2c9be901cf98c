import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { type ControlPlaneAccess, type ControlPlaneAddress, openControlPlane } from './access.ts'
import { isApiServerReady, startApiServer } from './api-server.ts'
import { findControlPlaneBinaries } from './binaries.ts'
import { startControllerManager } from './controller-manager.ts'
import { createControlPlaneCredentials } from './credentials.ts'
import { startEtcd } from './etcd.ts'
import { findFreePorts } from './free-ports.ts'
import { retryWhenPortTaken } from './server-process.ts'
import type { StopSignal } from './supervisor-protocol.ts'
import { startSupervisor, type SupervisedProcess } from './supervisor.ts'

export interface ControlPlaneOptions {
  /** Without it namespaces never go, and nothing collects garbage. @default false */
  readonly controllerManager?: boolean
  /** Records every answered request, for `auditEvents`. @default false */
  readonly auditLog?: boolean
  /** Without them lists do not come as the beginning of a watch, as with API servers before 1.34. @default true */
  readonly streamingLists?: boolean
  /** Gives up the start, not the running control plane. */
  readonly signal?: AbortSignal
}

/** A real kube-apiserver with its etcd on the loopback interface, with RBAC and its own CA. */
export interface ControlPlane extends ControlPlaneAccess, AsyncDisposable {
  /** From it another process opens the same access. */
  readonly address: ControlPlaneAddress
  /** Process ids at this moment. */
  readonly pids: { readonly apiServer: number; readonly etcd: number; readonly controllerManager: number | undefined }
  /** Resolves when the process is gone. @default SIGTERM, which lets running requests end */
  stopApiServer(signal?: StopSignal): Promise<void>
  /** Starts it on the same port with the same data; resolves when it is ready. */
  startApiServer(): Promise<void>
  restartApiServer(signal?: StopSignal): Promise<void>
  /**
   * Resolves when etcd has its data again and the API server is ready.
   * @default SIGKILL: a graceful end waits for the watches of the API server, which never end
   */
  restartEtcd(signal?: StopSignal): Promise<void>
}

/**
 * Starts a control plane: a few seconds once its programs are there. Everything ends, and its data goes, on disposal
 * and also when this process dies.
 *
 * @throws {Error} with the end of the log of a server that does not get ready.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { signal } = options
  const binaries = await findControlPlaneBinaries({ controllerManager: options.controllerManager ?? false })
  await using stack = new AsyncDisposableStack()
  const supervisor = stack.use(await startSupervisor())
  const credentials = await createControlPlaneCredentials(join(supervisor.directory, 'pki'))
  const auditLogPath = options.auditLog === true ? join(supervisor.directory, 'audit.log') : undefined

  const etcd = await startOnFreePorts(2, ([clientPort = 0, peerPort = 0]) =>
    startEtcd(supervisor, { file: binaries.etcd, clientPort, peerPort, credentials, signal }),
  )
  const [etcdPort = 0] = etcd.ports
  const apiServer = await startOnFreePorts(1, ([port = 0]) =>
    startApiServer(supervisor, {
      file: binaries.kubeApiserver,
      port,
      etcdPort,
      credentials,
      auditLogPath,
      streamingLists: options.streamingLists ?? true,
      signal,
    }),
  )

  const address: ControlPlaneAddress = {
    server: `https://127.0.0.1:${apiServer.ports[0]}`,
    authority: credentials.authority,
    adminToken: credentials.adminToken,
    kubectlPath: binaries.kubectl,
    directory: supervisor.directory,
    ...(auditLogPath === undefined ? {} : { auditLogPath }),
  }
  const access = await openControlPlane(address)
  const controllerManager =
    binaries.kubeControllerManager === undefined
      ? undefined
      : await startControllerManager(supervisor, { file: binaries.kubeControllerManager, credentials, access, signal })

  const owned = stack.move()
  return {
    ...access,
    address,
    get pids() {
      return {
        apiServer: apiServer.process.pid,
        etcd: etcd.process.pid,
        controllerManager: controllerManager?.pid,
      }
    },
    stopApiServer: (stopSignal) => apiServer.process.stop(stopSignal),
    startApiServer: () => apiServer.start(),
    async restartApiServer(stopSignal) {
      await apiServer.process.stop(stopSignal)
      await apiServer.start()
    },
    async restartEtcd(stopSignal = 'SIGKILL') {
      await etcd.process.stop(stopSignal)
      await etcd.start()
      await untilReady(address)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** A server that keeps its ports over restarts. */
interface RestartableServer {
  readonly ports: readonly number[]
  /** The latest one. */
  process: SupervisedProcess
  start(): Promise<void>
}

function startOnFreePorts(
  count: number,
  start: (ports: readonly number[]) => Promise<SupervisedProcess>,
): Promise<RestartableServer> {
  return retryWhenPortTaken(async () => {
    const ports = await findFreePorts(count)
    const server: RestartableServer = {
      ports,
      process: await start(ports),
      async start() {
        server.process = await start(ports)
      },
    }
    return server
  })
}

async function untilReady({ server, authority }: ControlPlaneAddress): Promise<void> {
  while (!(await isApiServerReady(server, authority.certPem).catch(() => false))) await sleep(25)
}
