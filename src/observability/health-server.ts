import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

import type { Clock } from '../kube/clock.ts'
import type { Logger } from '../kube/logger.ts'
import { createBodyStreamer } from './stream-body.ts'

/** True, or what is wrong, in one line for people. */
export type HealthCheck = () => true | string

export interface HealthServerOptions {
  /** Without `host`: all addresses. Port 0: any that is free. */
  readonly listen: { readonly host?: string; readonly port: number }
  /** `/livez` answers 200 while all of them are true; none: always. */
  readonly livenessChecks: Readonly<Record<string, HealthCheck>>
  /** Likewise `/readyz`. */
  readonly readinessChecks: Readonly<Record<string, HealthCheck>>
  /** The body of `/metrics`, in Prometheus' text format; nothing of it is made before it is asked for. */
  metrics(): AsyncIterable<string>
  readonly clock: Clock
  readonly logger: Logger
}

/** Disposing closes it: answers under way are finished, for a second at most. */
export interface HealthServer extends AsyncDisposable {
  /** The port that was got. */
  readonly port: number
}

const maximumConnections = 64
const maximumHeaderBytes = 8192
const requestMilliseconds = 10_000
const closeMilliseconds = 1_000
const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

interface Answer {
  readonly status: number
  /** Pieces are sent as they come, so that the answer tells no length. */
  readonly body: string | AsyncIterable<string>
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Serves `/livez`, `/readyz` and `/metrics` to GET and HEAD. A check that fails is named with its reason; with `?verbose` those
 * that pass are listed too, as the API server does it. Metrics that break off, or that a client does not take within 30 seconds, end
 * with their connection, so that what was sent of them is not taken for the whole.
 * @throws Error when the address cannot be had.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { listen, logger } = options
  const stream = createBodyStreamer(options)

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = answer(request, options)
    const begin = (): void => writeHead(response, given, { keepAlive: server.listening })
    const { body } = given
    if (request.method === 'HEAD') {
      begin()
      response.end()
    } else if (typeof body === 'string') {
      begin()
      response.end(body)
    } else await stream({ request, response, body, begin })
  }

  const server = createServer({ maxHeaderSize: maximumHeaderBytes }, (request, response) => {
    response.once('finish', () => {
      // When closing has begun meanwhile, the connection must not wait for another request.
      if (!server.listening) request.socket.destroySoon()
    })
    void respond(request, response).catch((error: unknown) => {
      logger.error({ err: error, path: pathOf(request) }, 'Health request failed')
      if (response.headersSent) {
        // So that what was sent is not taken for the whole.
        request.socket.resetAndDestroy()
        return
      }
      const failed = { status: 500, body: 'internal error\n' }
      writeHead(response, failed, { keepAlive: server.listening })
      response.end(failed.body)
    })
  })
  server.maxConnections = maximumConnections
  server.requestTimeout = requestMilliseconds
  server.headersTimeout = requestMilliseconds

  server.listen({ port: listen.port, ...(listen.host === undefined ? {} : { host: listen.host }) })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(`Cannot listen on ${listen.host ?? ''}:${listen.port} for health and metrics`, { cause: error })
  }
  // Only from here on: a failure to start is the caller's to tell.
  server.on('error', (error) => logger.error({ err: error }, 'Health server failed'))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    [Symbol.asyncDispose]: () => close(server),
  }
}

function answer(request: IncomingMessage, options: HealthServerOptions): Answer {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, body: 'only GET and HEAD\n', headers: { allow: 'GET, HEAD' } }
  }
  switch (pathOf(request)) {
    case '/livez':
      return runChecks('livez', options.livenessChecks, isVerbose(request))
    case '/readyz':
      return runChecks('readyz', options.readinessChecks, isVerbose(request))
    case '/metrics':
      return { status: 200, body: options.metrics(), headers: { 'content-type': metricsContentType } }
    default:
      return { status: 404, body: 'not found: there are /livez, /readyz and /metrics\n' }
  }
}

function runChecks(name: string, checks: HealthServerOptions['readinessChecks'], verbose: boolean): Answer {
  const results = Object.entries(checks).map(([check, run]) => ({ check, result: run() }))
  const failed = results.filter(({ result }) => result !== true)
  if (failed.length === 0 && !verbose) return { status: 200, body: 'ok\n' }
  const shown = verbose ? results : failed
  const lines = shown.map(({ check, result }) =>
    result === true ? `[+]${check} ok` : `[-]${check} failed: ${result.replaceAll(/\s+/g, ' ')}`,
  )
  const summary = failed.length === 0 ? `${name} check passed` : `${name} check failed`
  return { status: failed.length === 0 ? 200 : 503, body: `${[...lines, summary].join('\n')}\n` }
}

function writeHead(
  response: ServerResponse,
  { status, body, headers }: Answer,
  { keepAlive }: { readonly keepAlive: boolean },
): void {
  response.shouldKeepAlive &&= keepAlive
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    ...(typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {}),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? ''
}

function isVerbose({ url = '' }: IncomingMessage): boolean {
  return new URLSearchParams(url.slice(pathLength(url))).has('verbose')
}

function pathLength(url: string): number {
  const query = url.indexOf('?')
  return query < 0 ? url.length : query
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  // Idle connections are closed with it; those with an answer under way get a moment.
  server.close()
  const timer = setTimeout(() => server.closeAllConnections(), closeMilliseconds)
  await closed
  clearTimeout(timer)
}
