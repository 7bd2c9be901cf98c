import type { IncomingMessage, ServerResponse } from 'node:http'

import { createCertificateAuthority } from '../../support/certificates.ts'
import { type Collector, createCollector, type HecRequest, type Pressure } from './collector.ts'
import { answerControl, controlPrefix } from './control-api.ts'
import { type Listener, type ListenerOptions, openListener } from './listener.ts'
import { createOutageScript, type HecPath, type Outage, outageReply } from './outages.ts'
import type { Reply } from './replies.ts'
import { type AcceptedEvent, createRequestLog, type RequestCounters, type RequestKind } from './request-log.ts'
import type { HecToken } from './tokens.ts'

export interface HecSimulatorOptions {
  readonly tokens: readonly HecToken[]
  /** Absent: plain http. `own`: a certificate for 127.0.0.1 and localhost of a CA of its own, see `caPem`. */
  readonly tls?: NonNullable<ListenerOptions['tls']> | 'own'
  /** Absent: any free one. */
  readonly port?: number
  /** Listens on it, `0.0.0.0` being all addresses; the certificate is then to be given. @default 127.0.0.1 */
  readonly host?: string
  /** What stands before `/services/collector`, as behind a proxy: `/splunk`. */
  readonly pathPrefix?: string
  /** See CollectorOptions. @default false */
  readonly healthChecksToken?: boolean
  /** @default 10 MiB */
  readonly maximumBodyBytes?: number
  /** Events kept for `accepted()`. @default 10,000 */
  readonly maximumEvents?: number
}

/** A HTTP Event Collector that answers as Splunk does, and fails as it is told to. */
export interface HecSimulator extends AsyncDisposable {
  readonly port: number
  /** `https://127.0.0.1:<port>` or `http://`, with the path prefix. */
  readonly baseUrl: string
  /** The CA of `tls: 'own'`; empty with any other. */
  readonly caPem: string
  /** The endpoint that an S3 cluster would post to. */
  url(path: 'event' | 'raw'): URL
  fail(outage: Outage): Promise<void>
  /** Ends every outage, and listens again. */
  recover(): Promise<void>
  /** Closes the port and every connection. */
  down(): Promise<void>
  /** Listens on the same port again. */
  up(): Promise<void>
  isUp(): boolean
  outages(): readonly Outage[]
  /** Adds the token, or replaces the one of the same value. */
  addToken(token: HecToken): void
  revokeToken(token: string): void
  disableToken(token: string): void
  setPressure(pressure: { readonly queue?: Pressure | undefined; readonly ack?: Pressure | undefined }): void
  accepted(): readonly AcceptedEvent[]
  acceptedTotal(): number
  requests(): RequestCounters
  /** Forgets events and counters. */
  clearLog(): void
  /** Resolves when the predicate holds: it is asked now and after each request. @throws Error when the time is up. */
  waitFor(predicate: () => boolean, options: { readonly timeoutMilliseconds: number }): Promise<void>
}

const paths: Readonly<Record<string, HecPath>> = {
  '/services/collector': 'event',
  '/services/collector/event': 'event',
  '/services/collector/event/1.0': 'event',
  '/services/collector/raw': 'raw',
  '/services/collector/raw/1.0': 'raw',
  '/services/collector/health': 'health',
  '/services/collector/health/1.0': 'health',
  '/services/collector/ack': 'ack',
  '/services/collector/ack/1.0': 'ack',
}

/** Starts listening. The caller disposes of it, which closes the port. */
export async function startHecSimulator(options: HecSimulatorOptions): Promise<HecSimulator> {
  const { maximumBodyBytes = 10 * 1024 * 1024, pathPrefix = '' } = options
  const collector: Collector = createCollector({
    tokens: options.tokens,
    healthChecksToken: options.healthChecksToken ?? false,
    maximumBodyBytes,
  })
  const log = createRequestLog(options.maximumEvents ?? 10_000)
  const outages = createOutageScript(() => Date.now())
  const observers = new Set<() => void>()
  let upTimer: NodeJS.Timeout | undefined

  const respond = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(message.url ?? '/', 'http://simulator')
    const body = await readBody(message, maximumBodyBytes)
    if (url.pathname.startsWith(controlPrefix)) {
      send(response, await answerControl(simulator, { method: message.method ?? '', path: url.pathname, body }))
      return
    }
    const request: HecRequest = {
      method: message.method ?? '',
      path: url.pathname.startsWith(pathPrefix) ? (paths[url.pathname.slice(pathPrefix.length)] ?? 'other') : 'other',
      query: url.searchParams,
      headers: singleHeaders(message),
      body,
    }
    const finish = (reply: Reply | undefined): void => {
      log.count({ path: request.path, kind: kindOf(request), status: reply?.status ?? 0, code: reply?.code })
      if (reply !== undefined) send(response, reply)
      for (const observer of observers) observer()
    }
    const outage = outages.take(request.path)
    if (outage?.mode === 'reset') message.socket.resetAndDestroy()
    if (outage?.mode === 'reset' || outage?.mode === 'stall') {
      finish(undefined)
      return
    }
    if (outage?.mode === 'status') {
      finish(outageReply(outage))
      return
    }
    if (outage?.mode === 'slow') await new Promise((resolve) => setTimeout(resolve, outage.delayMilliseconds))
    const { reply, events } = collector.handle(request)
    log.accept(
      events.map((event) => ({
        ...event,
        time: Date.now(),
        path: url.pathname,
        endpoint: request.path === 'raw' ? 'raw' : 'event',
        authorization: message.headers.authorization,
        contentType: message.headers['content-type'],
        userAgent: message.headers['user-agent'],
      })),
    )
    finish(reply)
  }

  const { tls, caPem } = certified(options.tls)
  const listener: Listener = await openListener({
    ...(tls === undefined ? {} : { tls }),
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    handler: (message, response) => void respond(message, response).catch(() => response.destroy()),
  })
  const { port } = listener
  const baseUrl = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${pathPrefix}`

  const down = async (): Promise<void> => {
    clearTimeout(upTimer)
    await listener.down()
  }
  const up = async (): Promise<void> => {
    clearTimeout(upTimer)
    await listener.up()
  }

  const simulator: HecSimulator = {
    port,
    baseUrl,
    caPem,
    url: (path) => new URL(`${baseUrl}/services/collector/${path}`),
    async fail(outage) {
      if (outage.mode !== 'refuse') {
        outages.add(outage)
        return
      }
      await down()
      if (outage.forMilliseconds !== undefined) upTimer = setTimeout(() => void up(), outage.forMilliseconds)
    },
    async recover() {
      outages.clear()
      await up()
    },
    down,
    up,
    isUp: () => listener.isUp(),
    outages: () => outages.list(),
    addToken: (token) => void collector.tokens.set(token.token, token),
    revokeToken: (token) => void collector.tokens.delete(token),
    disableToken: (token) =>
      void collector.tokens.set(token, { ...collector.tokens.get(token), token, disabled: true }),
    setPressure(pressure) {
      collector.queue = pressure.queue ?? collector.queue
      collector.ack = pressure.ack ?? collector.ack
    },
    accepted: () => log.accepted(),
    acceptedTotal: () => log.acceptedTotal(),
    requests: () => log.counters(),
    clearLog: () => log.clear(),
    async waitFor(predicate, { timeoutMilliseconds }) {
      if (predicate()) return
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const observer = (): void => {
        if (predicate()) resolve()
      }
      const timer = setTimeout(
        () => reject(new Error(`Not seen within the time: ${predicate.toString()}; ${JSON.stringify(log.counters())}`)),
        timeoutMilliseconds,
      )
      observers.add(observer)
      try {
        await promise
      } finally {
        clearTimeout(timer)
        observers.delete(observer)
      }
    },
    async [Symbol.asyncDispose]() {
      await down()
    },
  }
  return simulator
}

function certified(tls: HecSimulatorOptions['tls']): { readonly tls: ListenerOptions['tls']; readonly caPem: string } {
  if (tls !== 'own') return { tls, caPem: '' }
  const authority = createCertificateAuthority({ commonName: 'HEC simulator CA' })
  const issued = authority.issue({ commonName: 'hec', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
  return { tls: issued, caPem: authority.certPem }
}

/** Keeps one byte more than allowed, which is how the collector sees that it was too much. */
async function readBody(message: IncomingMessage, maximumBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    if (bytes <= maximumBytes) chunks.push(chunk)
    bytes += chunk.length
  }
  return Buffer.concat(chunks)
}

function singleHeaders(message: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

function kindOf(request: HecRequest): RequestKind {
  if (request.path !== 'event' && request.path !== 'raw') return request.path
  if (request.body.length === 0) return 'empty'
  return Buffer.from(request.body).includes('"s3audit.probe"') ? 'probe' : 'events'
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) })
  response.end(reply.body)
}
