import { createHash } from 'node:crypto'
import { createSecureContext } from 'node:tls'

import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'

import type { Clock } from '../kube/clock.ts'
import type { AddressGuard } from './address-guard.ts'
import { exchange } from './exchange.ts'
import { createGuardedConnector, literalRefusal, type TlsOptions } from './guarded-connector.ts'
import { type ClientFactory, handshake } from './handshake.ts'
import type { HttpClient, HttpClientFactory, TlsTrust } from './http-client.ts'
import { TransportError } from './transport-error.ts'

export interface HttpClientFactoryOptions {
  readonly clock: Clock
  readonly guard: AddressGuard
  /**
   * Use HTTP_PROXY, HTTPS_PROXY and NO_PROXY. The proxy's own address is not guarded, and it is the proxy that resolves names: there
   * the guard sees literals only.
   */
  readonly proxyFromEnvironment: boolean
  /** Throws when no request may begin any more, and no byte of one is sent then. @default always */
  readonly mayBegin?: () => void
}

/** Connections to one origin under one trust; more requests wait. */
const connectionsPerOrigin = 4
/** Idle connections are kept for a burst, not for the next period: servers close them at a time of their own, which looks like a reset. */
const idleMilliseconds = 2_000
/** Resolving, connecting and shaking hands, where the exchange allows more. */
const connectMilliseconds = 10_000
/** Trusts whose connections are kept; beyond, those of the one unused for longest are closed. */
const maximumTrusts = 256

/** The one way out to user-given URLs. Speaks HTTP/1.1 only, as the S3 senders do whose place it takes in tests. */
export function createHttpClientFactory(options: HttpClientFactoryOptions): HttpClientFactory {
  const { clock, mayBegin = () => undefined } = options
  // In the order of their last use: a Map keeps the order of insertion.
  const dispatchers = new Map<string, Dispatcher>()
  /** By the same keys: thousands of clusters share one trust, and need no copy of its certificates. */
  const clients = new Map<string, HttpClient>()
  const closing = new Set<Promise<void>>()
  let disposed = false

  const dispatcherFor = (key: string, tls: () => TlsOptions): Dispatcher => {
    if (disposed) throw new Error('The HTTP clients are closed')
    const found = dispatchers.get(key) ?? createDispatcher(options, tls)
    dispatchers.delete(key)
    dispatchers.set(key, found)
    const [oldest] = dispatchers
    if (oldest !== undefined && dispatchers.size > maximumTrusts) {
      dispatchers.delete(oldest[0])
      const closed = oldest[1].close().finally(() => closing.delete(closed))
      closing.add(closed)
    }
    return found
  }

  function createClient(key: string, trust: TlsTrust): HttpClient {
    let known: TlsOptions | undefined
    const tls = (): TlsOptions => (known ??= tlsOptions(trust))
    return {
      async request(request) {
        refuse(options.guard, request.url)
        return exchange(dispatcherFor(key, tls), request, { clock, mayBegin })
      },
      async connect(url, { timeoutMilliseconds, signal }) {
        refuse(options.guard, url)
        mayBegin()
        const fresh = (factory: ClientFactory): Dispatcher => createDispatcher(options, tls, factory)
        return handshake(url, fresh, { clock, timeoutMilliseconds, signal })
      },
    }
  }

  return {
    forTrust(trust): HttpClient {
      const key = createHash('sha256')
        .update(JSON.stringify([trust.caCertificate, trust.serverName, trust.verification]))
        .digest('base64')
      const client = clients.get(key) ?? createClient(key, trust)
      clients.delete(key)
      clients.set(key, client)
      const [oldest] = clients.keys()
      if (oldest !== undefined && clients.size > maximumTrusts) clients.delete(oldest)
      return client
    },
    async [Symbol.asyncDispose]() {
      disposed = true
      const open = [...dispatchers.values()]
      dispatchers.clear()
      await Promise.all([...open.map((dispatcher) => dispatcher.destroy()), ...closing])
    },
  }
}

/** What must not even reach a dispatcher: other protocols, and literals, which a proxy would connect to unseen. */
function refuse(guard: AddressGuard, url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TransportError('EndpointNotAllowed', `${url.host}: only http and https URLs are connected to`)
  }
  const refusal = literalRefusal(guard, url.hostname)
  if (refusal !== undefined) throw refusal
}

function tlsOptions({ caCertificate, serverName, verification }: TlsTrust): TlsOptions {
  return {
    rejectUnauthorized: verification === 'Full',
    secureContext: createSecureContext(caCertificate === undefined ? {} : { ca: caCertificate }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  }
}

function createDispatcher(
  options: HttpClientFactoryOptions,
  tls: () => TlsOptions,
  factory?: ClientFactory,
): Dispatcher {
  const agentOptions: Agent.Options = {
    connect: createGuardedConnector({
      guard: options.guard,
      tls,
      timeoutMilliseconds: connectMilliseconds,
      resumeSessions: factory === undefined,
    }),
    allowH2: false,
    connections: connectionsPerOrigin,
    pipelining: 1,
    keepAliveTimeout: idleMilliseconds,
    keepAliveMaxTimeout: idleMilliseconds,
    ...(factory === undefined ? {} : { factory }),
  }
  if (!options.proxyFromEnvironment) return new Agent(agentOptions)
  return new EnvHttpProxyAgent({
    ...agentOptions,
    requestTls: { ...tls(), allowH2: false, timeout: connectMilliseconds },
  })
}
