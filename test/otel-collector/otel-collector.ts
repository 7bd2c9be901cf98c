import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { findFreePorts } from '../control-plane/free-ports.ts'
import { retryWhenPortTaken, startServer } from '../control-plane/server-process.ts'
import { startSupervisor, type SupervisedProcess } from '../control-plane/supervisor.ts'
import type { IssuedCertificate } from '../support/certificates.ts'
import { findOtelCollector } from './find-otel-collector.ts'

/** A `splunkhecreceiver` with a port of its own; without options it is what the collector's documentation shows. */
export interface OtelReceiver {
  /** Puts `bearertokenauth` before it, which wants `Splunk <token>`. @default no token is looked at */
  readonly token?: string
  /** Serves HTTPS with it; must be valid for 127.0.0.1. @default plain HTTP */
  readonly tls?: IssuedCertificate
  /** Wants client certificates of this CA. Needs `tls`. */
  readonly clientCaPem?: string
  /** Room of the queue behind it; an event that is larger finds the queue full. @default no queue */
  readonly queueBytes?: number
  /** @default the collector's own limit, 20 MiB */
  readonly maximumBodyBytes?: number
}

/** A real OpenTelemetry Collector on the loopback interface, which prints the events that it takes. */
export interface OtelCollector<Name extends string> extends AsyncDisposable {
  /** Origin of a receiver. It stays over a restart. */
  url(receiver: Name): URL
  /** Standard output and standard error of all starts: its log, and each event behind `Body: `. */
  output(): Promise<string>
  /** Resolves when the process is gone. */
  stop(): Promise<void>
  /** Starts a stopped collector on its ports; resolves when it serves. */
  start(): Promise<void>
}

/**
 * Starts one collector with the receivers: a fraction of a second once the program is there. It ends on disposal and also when
 * this process dies.
 *
 * @throws {Error} with the end of the log of a collector that does not get ready.
 */
export async function startOtelCollector<Name extends string>(
  receivers: Readonly<Record<Name, OtelReceiver>>,
): Promise<OtelCollector<Name>> {
  const file = await findOtelCollector()
  await using stack = new AsyncDisposableStack()
  const supervisor = stack.use(await startSupervisor())
  const named = Object.entries<OtelReceiver>(receivers)
  const logPaths: string[] = []

  const launch = async (ports: readonly number[]): Promise<SupervisedProcess> => {
    const settings = await writeSettings(supervisor.directory, named, ports)
    const logPath = join(supervisor.directory, `otel-collector-${logPaths.length}.log`)
    logPaths.push(logPath)
    return startServer(supervisor, {
      name: 'otel-collector',
      file,
      args: ['--config', settings],
      logPath,
      // Said after it has all its ports. A request could be answered by somebody else who was quicker to take one.
      isReady: async () => (await readFile(logPath, 'utf8')).includes('Everything is ready'),
    })
  }
  let { ports, running } = await retryWhenPortTaken(async () => {
    const found = await findFreePorts(named.length)
    return { ports: found, running: await launch(found) }
  })
  const owned = stack.move()
  return {
    url(receiver) {
      const scheme = receivers[receiver].tls === undefined ? 'http' : 'https'
      return new URL(`${scheme}://127.0.0.1:${ports[named.findIndex(([name]) => name === receiver)]}`)
    },
    output: async () => (await Promise.all(logPaths.map((path) => readFile(path, 'utf8')))).join(''),
    stop: () => running.stop(),
    async start() {
      running = await launch(ports)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Writes the collector's configuration, in the part of YAML that is JSON, and what it refers to. */
async function writeSettings(
  directory: string,
  receivers: readonly (readonly [name: string, receiver: OtelReceiver])[],
  ports: readonly number[],
): Promise<string> {
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const parts = await Promise.all(
    receivers.map(async ([name, receiver], index) => {
      const { token, tls, clientCaPem, queueBytes, maximumBodyBytes } = receiver
      const files = tls && {
        cert_file: await write(`${name}.crt`, tls.certPem),
        key_file: await write(`${name}.key`, tls.keyPem),
        ...(clientCaPem === undefined ? {} : { client_ca_file: await write(`${name}-clients.crt`, clientCaPem) }),
      }
      const queue = queueBytes && { enabled: true, sizer: 'bytes', queue_size: queueBytes }
      return {
        authenticator: token === undefined ? [] : [[`bearertokenauth/${name}`, { scheme: 'Splunk', token }] as const],
        receiver: {
          endpoint: `127.0.0.1:${ports[index]}`,
          tls: files,
          auth: token === undefined ? undefined : { authenticator: `bearertokenauth/${name}` },
          max_request_body_size: maximumBodyBytes,
        },
        exporter: { verbosity: 'detailed', use_internal_logger: false, sending_queue: queue },
        pipeline: { receivers: [`splunk_hec/${name}`], exporters: [`debug/${name}`] },
        name,
      }
    }),
  )
  const extensions = Object.fromEntries(parts.flatMap(({ authenticator }) => authenticator))
  const settings = {
    extensions,
    receivers: Object.fromEntries(parts.map(({ name, receiver }) => [`splunk_hec/${name}`, receiver])),
    exporters: Object.fromEntries(parts.map(({ name, exporter }) => [`debug/${name}`, exporter])),
    service: {
      extensions: Object.keys(extensions),
      pipelines: Object.fromEntries(parts.map(({ name, pipeline }) => [`logs/${name}`, pipeline])),
    },
  }
  return write('otel-collector.yaml', JSON.stringify(settings))
}
