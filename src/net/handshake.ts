import { TLSSocket } from 'node:tls'

import { Client, type Dispatcher } from 'undici'

import type { Clock } from '../kube/clock.ts'
import { classifyTransportError } from './classify-transport-error.ts'
import { startDeadline } from './deadline.ts'
import type { ConnectResult } from './http-client.ts'

type Connector = Extract<NonNullable<Client.Options['connect']>, (...args: never[]) => unknown>

/** Makes the client of one origin, given the connector that its dispatcher would use. */
export type ClientFactory = (origin: string | URL, options: object) => Dispatcher

export interface HandshakeOptions {
  readonly clock: Clock
  readonly timeoutMilliseconds: number
  readonly signal: AbortSignal
}

/** Ends the request that asked for the connection: its only purpose was to have one made. */
class ConnectedSignal extends Error {
  override readonly name = 'ConnectedSignal'
  readonly certificateNotAfter: number | undefined

  constructor(certificateNotAfter: number | undefined) {
    super('Connected')
    this.certificateNotAfter = certificateNotAfter
  }
}

/**
 * Resolves, connects and shakes hands the way a request would, proxies included, then closes without having sent a request.
 * @param createDispatcher makes a fresh dispatcher around the client factory it is given; it is destroyed at the end
 * @throws TransportError, or the signal's reason.
 */
export async function handshake(
  url: URL,
  createDispatcher: (factory: ClientFactory) => Dispatcher,
  options: HandshakeOptions,
): Promise<ConnectResult> {
  options.signal.throwIfAborted()
  const started = options.clock.monotonic()
  using deadline = startDeadline(options.clock, options.timeoutMilliseconds, options.signal, () =>
    classifyTransportError(Object.assign(new Error('Time is up'), { code: 'ETIMEDOUT' }), url.host, 'Connecting'),
  )
  const dispatcher = createDispatcher(observingClient)
  try {
    await deadline.race(dispatcher.request({ origin: url.origin, path: '/', method: 'GET', signal: deadline.signal }))
    throw new Error('A request was answered although its connection was taken away')
  } catch (error) {
    if (error instanceof ConnectedSignal) {
      const durationMilliseconds = options.clock.monotonic() - started
      const { certificateNotAfter } = error
      return certificateNotAfter === undefined
        ? { durationMilliseconds }
        : { durationMilliseconds, certificateNotAfter }
    }
    if (options.signal.aborted) throw options.signal.reason
    throw classifyTransportError(error, url.host, 'Connecting')
  } finally {
    await dispatcher.destroy()
  }
}

/** A client whose connection is looked at and closed as soon as it is ready. */
function observingClient(origin: string | URL, options: object): Dispatcher {
  const connect = connectorOf(options)
  return new Client(origin, {
    connect(target, callback) {
      connect(target, (...[error, socket]) => {
        if (error !== null) {
          callback(error, null)
          return
        }
        const notAfter = socket instanceof TLSSocket ? Date.parse(socket.getPeerCertificate().valid_to) : undefined
        // Not cut off: the server would miss the end of the handshake and log an error for each test.
        socket.on('error', () => undefined).destroySoon()
        callback(new ConnectedSignal(notAfter), null)
      })
    },
  })
}

function connectorOf(options: object): Connector {
  if ('connect' in options && typeof options.connect === 'function') return options.connect as Connector
  throw new TypeError('The dispatcher gave its client no connector')
}
