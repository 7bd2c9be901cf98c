import { randomBytes } from 'node:crypto'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import type { IssuedCertificate } from '../support/certificates.ts'
import { answersOk } from './answers-ok.ts'
import { findFreePorts } from './free-ports.ts'
import { findMinioBinaries } from './minio-binaries.ts'
import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts'
import { retryWhenPortTaken, startServer } from './server-process.ts'
import type { StopSignal } from './supervisor-protocol.ts'
import { startSupervisor, type SupervisedProcess, type Supervisor } from './supervisor.ts'

export interface MinioOptions {
  /** One drive each; more than one makes an erasure set over processes. 1 to 4. @default 1 */
  readonly nodes?: number
  /** Added to the servers' environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Serves HTTPS with it; must be valid for 127.0.0.1. The CA is what `mc` and the nodes trust. @default plain HTTP */
  readonly tls?: IssuedCertificate & { readonly caPem: string }
  /** Trusted for the targets of webhooks, besides the system's roots. */
  readonly trustedCaPem?: string
  /** Gives up the start, not the running server. */
  readonly signal?: AbortSignal
}

/** A real MinIO on the loopback interface, without console. Nodes are numbered from 0. */
export interface MinioServer extends AsyncDisposable {
  /** URL of the first node. */
  readonly endpoint: string
  /** URLs of all nodes. */
  readonly endpoints: readonly string[]
  readonly accessKey: string
  readonly secretKey: string
  /** Holds a folder `node<N>` for each node. */
  readonly dataDirectory: string
  /** Standard output and standard error of a node. */
  logPath(node?: number): string
  /** Runs MinIO's client with the alias `local` for the first node, whatever its exit code. */
  mc(args: readonly string[], options?: Pick<CommandOptions, 'input' | 'signal'>): Promise<CommandResult>
  /** Resolves when the process of the node is gone. @default node 0, SIGTERM */
  stop(node?: number, signal?: StopSignal): Promise<void>
  /**
   * Starts a stopped node on its port and data; resolves when it serves, for which most nodes must be up. The others can
   * take a moment longer to see it.
   */
  start(node?: number): Promise<void>
  restart(node?: number): Promise<void>
}

/**
 * Starts MinIO: a few seconds once its programs are there. Every node sees every drive by then. Everything ends, and its data goes, on disposal and also
 * when this process dies.
 *
 * @throws {Error} with the end of the log of a node that does not get ready.
 */
export async function startMinio(options: MinioOptions = {}): Promise<MinioServer> {
  const binaries = await findMinioBinaries()
  await using stack = new AsyncDisposableStack()
  const supervisor = stack.use(await startSupervisor())
  const accessKey = 'admin'
  const secretKey = randomBytes(16).toString('hex')
  const certificates = await writeCertificates(supervisor.directory, options)
  const mcDirectory = await createMcDirectory(supervisor, certificates)
  const runMc = (url: string, args: readonly string[], commandOptions: CommandOptions = {}): Promise<CommandResult> => {
    const alias = url.replace('://', `://${accessKey}:${secretKey}@`)
    const env = { ...process.env, MC_CONFIG_DIR: mcDirectory, MC_HOST_local: alias }
    return runCommand(binaries.mc, args, { ...commandOptions, env })
  }
  const environment = {
    ...options.env,
    MINIO_ROOT_USER: accessKey,
    MINIO_ROOT_PASSWORD: secretKey,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
    // Several nodes otherwise refuse a drive that is the one of the operating system.
    MINIO_CI_CD: 'on',
  }
  const dataDirectory = join(supervisor.directory, 'data')
  const logPath = (node = 0): string => join(supervisor.directory, `minio-${node}.log`)
  const startNode = async (
    ports: readonly number[],
    node: number,
    signal?: AbortSignal,
  ): Promise<SupervisedProcess> => {
    const urls = urlsOf(ports, options)
    const drives = ports.map((_, index) => join(dataDirectory, `node${index}`))
    const places = ports.length === 1 ? drives : drives.map((drive, index) => `${urls[index]}${drive}`)
    return startServer(supervisor, {
      name: `minio-${node}`,
      file: binaries.minio,
      args: ['server', '--address', `127.0.0.1:${ports[node]}`, '--certs-dir', certificates, ...places],
      // In a container a node does not find itself among addresses of the loopback interface.
      env: { ...environment, _MINIO_SERVER_LOCAL: `127.0.0.1:${ports[node]}` },
      logPath: logPath(node),
      signal,
      async isReady() {
        if (!(await answersOk(`${urls[node]}/minio/health/cluster`, options.tls?.caPem))) return false
        // Its own secret tells it from a server of somebody else that got the port.
        const info = await runMc(urls[node] ?? '', adminInfoOfLocal)
        return ports.length === 1 ? seesAllDrives(info, 1) : info.code === 0
      },
    })
  }

  const { ports, nodes } = await retryWhenPortTaken(async () => {
    const found = await findFreePorts(options.nodes ?? 1)
    return { ports: found, nodes: await startTogether(found, startNode, options.signal) }
  })
  for (const url of ports.length === 1 ? [] : urlsOf(ports, options)) {
    while (!seesAllDrives(await runMc(url, adminInfoOfLocal), ports.length)) {
      await sleep(50, undefined, { signal: options.signal })
    }
  }
  const endpoints = urlsOf(ports, options)
  const owned = stack.move()
  const stop: MinioServer['stop'] = async (node = 0, signal = 'SIGTERM') => nodes[node]?.stop(signal)
  const start: MinioServer['start'] = async (node = 0) => {
    nodes[node] = await startNode(ports, node)
  }
  return {
    endpoint: endpoints[0] ?? '',
    endpoints,
    accessKey,
    secretKey,
    dataDirectory,
    logPath,
    mc: (args, commandOptions) => runMc(endpoints[0] ?? '', args, commandOptions),
    stop,
    start,
    async restart(node) {
      await stop(node)
      await start(node)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function urlsOf(ports: readonly number[], { tls }: MinioOptions): readonly string[] {
  return ports.map((port) => `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`)
}

/** No node is ready before most of them are: they start at once, and one that fails gives up all. */
async function startTogether(
  ports: readonly number[],
  start: (ports: readonly number[], node: number, signal: AbortSignal) => Promise<SupervisedProcess>,
  signal: AbortSignal | undefined,
): Promise<SupervisedProcess[]> {
  const failure = new AbortController()
  const both = AbortSignal.any([failure.signal, ...(signal === undefined ? [] : [signal])])
  const starts = ports.map((_, node) => start(ports, node, both))
  try {
    return await Promise.all(starts)
  } catch (error) {
    failure.abort(error)
    for (const started of await Promise.allSettled(starts)) {
      if (started.status === 'fulfilled') await started.value.stop('SIGKILL')
    }
    throw error
  }
}

const adminInfoOfLocal = ['admin', 'info', 'local', '--json']

const adminInfo = z.object({
  info: z.object({
    servers: z.array(z.object({ state: z.string(), drives: z.array(z.object({ state: z.string() })).default([]) })),
  }),
})

/**
 * A node is ready once it reaches the drives that a write needs. Writes pass over the others, and what those lack is not made
 * up for reliably: another node that goes down then takes objects with it.
 */
function seesAllDrives({ code, stdout }: CommandResult, nodes: number): boolean {
  if (code !== 0) return false
  const { servers } = adminInfo.parse(JSON.parse(stdout)).info
  const states = servers.flatMap(({ state, drives }) => [
    state === 'online',
    drives.some((drive) => drive.state === 'ok'),
  ])
  return servers.length === nodes && states.every(Boolean)
}

/** The folder in which MinIO looks for its own certificate and for CAs. */
async function writeCertificates(directory: string, { tls, trustedCaPem }: MinioOptions): Promise<string> {
  const certificates = join(directory, 'certs')
  await mkdir(join(certificates, 'CAs'), { recursive: true })
  if (trustedCaPem !== undefined) await writeFile(join(certificates, 'CAs', 'targets.crt'), trustedCaPem)
  if (tls === undefined) return certificates
  await writeFile(join(certificates, 'CAs', 'server.crt'), tls.caPem)
  await writeFile(join(certificates, 'public.crt'), tls.certPem)
  await writeFile(join(certificates, 'private.key'), tls.keyPem, { mode: 0o600 })
  return certificates
}

/** The client's configuration: aliases of whoever runs the tests must neither help nor harm. */
async function createMcDirectory(supervisor: Supervisor, certificates: string): Promise<string> {
  const directory = join(supervisor.directory, 'mc')
  await cp(join(certificates, 'CAs'), join(directory, 'certs', 'CAs'), { recursive: true })
  return directory
}
