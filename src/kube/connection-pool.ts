import { isDeepStrictEqual } from 'node:util'

import { Agent, type Dispatcher, ProxyAgent } from 'undici'

import { createConnector } from './connector.ts'
import type { TlsMaterial } from './credentials.ts'

export interface ConnectionPoolOptions {
  readonly proxyUrl: string | undefined
  readonly allowHttp2: boolean
  /** At most this many connections; undefined: no bound. */
  readonly connections: number | undefined
}

/** Connections to one server, remade when the TLS material changes or the connections are suspected dead. */
export interface ConnectionPool extends AsyncDisposable {
  acquire(tls: TlsMaterial): Dispatcher
  /**
   * No answer came over `dispatcher`: what follows takes new connections. An HTTP/2 session whose peer has gone would else serve
   * every further request until TCP gives up, a quarter of an hour later. Exchanges under way go on.
   */
  suspect(dispatcher: Dispatcher): void
}

/** Below the 90 s for which the API server keeps idle connections, so that we close first. */
const keepAliveMilliseconds = 30_000

/** @throws RangeError for a proxy that is no http(s) one. */
export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  checkProxy(options.proxyUrl)
  let current: { readonly tls: TlsMaterial; readonly dispatcher: Dispatcher } | undefined
  /** Closing, with exchanges still under way. */
  const retiring = new Set<Dispatcher>()

  function retire(dispatcher: Dispatcher): void {
    retiring.add(dispatcher)
    const forget = (): void => void retiring.delete(dispatcher)
    dispatcher.close().then(forget, forget)
  }

  return {
    acquire(tls) {
      if (current !== undefined && isDeepStrictEqual(current.tls, tls)) return current.dispatcher
      if (current !== undefined) retire(current.dispatcher)
      current = { tls, dispatcher: createDispatcher(tls, options) }
      return current.dispatcher
    },
    suspect(dispatcher) {
      if (current?.dispatcher !== dispatcher) return
      current = undefined
      retire(dispatcher)
    },
    async [Symbol.asyncDispose]() {
      const all = [...retiring, ...(current === undefined ? [] : [current.dispatcher])]
      current = undefined
      await Promise.all(all.map((dispatcher) => dispatcher.destroy()))
    },
  }
}

/** Time-outs are those of the request's own deadline, so undici's are off. */
function createDispatcher(tls: TlsMaterial, options: ConnectionPoolOptions): Dispatcher {
  const common = {
    connections: options.connections ?? null,
    allowH2: options.allowHttp2,
    keepAliveTimeout: keepAliveMilliseconds,
    keepAliveMaxTimeout: keepAliveMilliseconds,
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  if (options.proxyUrl === undefined) {
    const connect = createConnector({
      ...tls,
      allowH2: options.allowHttp2,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    })
    return new Agent({ ...common, connect })
  }
  return new ProxyAgent({ ...common, uri: options.proxyUrl, requestTls: tls })
}

/** The message shows the scheme alone: a proxy URL can hold a password. */
function checkProxy(url: string | undefined): void {
  if (url === undefined || /^https?:/.test(url)) return
  const scheme = url.slice(0, url.indexOf(':') + 1)
  throw new RangeError(`The proxy-url of the kubeconfig must be http or https; it starts with '${scheme}'`)
}
