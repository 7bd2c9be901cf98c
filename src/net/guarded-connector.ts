import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { SecureContext } from 'node:tls'

import { buildConnector } from 'undici'

import type { AddressGuard } from './address-guard.ts'
import { TransportError } from './transport-error.ts'

/** What node:tls is to trust. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean
  /** Made once: each has its own parsed copy of the certificates, outside of the heap. */
  readonly secureContext: SecureContext
  readonly servername?: string
}

export interface GuardedConnectorOptions {
  readonly guard: AddressGuard
  /** Asked at the first TLS connection. */
  readonly tls: () => TlsOptions
  /** For resolving, connecting and shaking hands together. */
  readonly timeoutMilliseconds: number
  /** Whether TLS sessions may be resumed; a resumed one does not show the server's certificate anew. */
  readonly resumeSessions: boolean
  /** Resolves names. @default that of the system, as `node:dns` gives it */
  readonly resolve?: Resolve
}

/** All addresses of a name; the part of `lookup` of `node:dns` that is used. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * A connector for undici that connects only to addresses the guard allows: what a name resolves to is filtered where the socket
 * takes it from, so nothing can change between check and connect; literals, which are never looked up, are checked before;
 * and the peer of the finished connection is checked once more. (`blockList` of net.connect is not applied to TLS sockets.)
 */
export function createGuardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  const build = (tls?: TlsOptions): buildConnector.connector =>
    buildConnector({
      ...tls,
      lookup: guardedLookup(options.guard, options.resolve ?? lookup),
      timeout: options.timeoutMilliseconds,
      maxCachedSessions: options.resumeSessions ? 100 : 0,
      allowH2: false,
    })
  const plain = build()
  let secure: buildConnector.connector | undefined
  return (target, callback) => {
    const refusal = literalRefusal(options.guard, target.hostname)
    if (refusal !== undefined) {
      // Never within the call: undici expects the answer later.
      queueMicrotask(() => callback(refusal, null))
      return
    }
    const connect = target.protocol === 'https:' ? (secure ??= build(options.tls())) : plain
    connect(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null)
        return
      }
      const peer = socket.remoteAddress
      const refusal = peer === undefined ? undefined : literalRefusal(options.guard, peer)
      if (refusal === undefined) {
        // An alert after the handshake (TLS 1.3: a client certificate is wanted) is followed by the end of the stream, which undici
        // would report instead of it.
        socket.once('error', () => socket.destroy())
        callback(null, socket)
        return
      }
      socket.destroy()
      callback(refusal, null)
    })
  }
}

/** Undefined when `hostname` is a name, or an address that the guard allows. */
export function literalRefusal(guard: AddressGuard, hostname: string): TransportError | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 0) return undefined
  const judgement = guard.check(bare)
  return judgement.allowed ? undefined : notAllowed(bare, judgement.reason)
}

function guardedLookup(guard: AddressGuard, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      const judged = addresses.map((address) => ({ address, judgement: guard.check(address.address) }))
      const allowed: LookupAddress[] = judged.flatMap((entry) => (entry.judgement.allowed ? [entry.address] : []))
      const [first] = allowed
      if (first === undefined) {
        const reason = judged.flatMap(({ judgement }) => (judgement.allowed ? [] : [judgement.reason]))[0]
        callback(notAllowed(hostname, reason ?? 'no address'), [])
      } else if (options.all === true) {
        callback(null, allowed)
      } else {
        callback(null, first.address, first.family)
      }
    })
  }
}

function notAllowed(host: string, reason: string): TransportError {
  return new TransportError(
    'EndpointNotAllowed',
    `${host}: the operator does not connect to this address (${reason}); --allow-endpoint-cidr makes an exception`,
  )
}
