import { buildConnector } from 'undici'

/**
 * undici's connector, whose sockets are handed over one turn of the event loop after the TLS handshake.
 *
 * undici starts HTTP/2 within the handshake's own callback. A connection that is reset at that moment then never ends: Node's TLS
 * socket tells neither error nor close nor end, writes to it succeed, and each request over it waits for ever. A turn later the
 * reset is told as any other (Node 24.21, undici 8.12).
 */
export function createConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options)
  return (target, done) => {
    connect(target, (...outcome) => {
      const [error, socket] = outcome
      if (error !== null) {
        done(...outcome)
        return
      }
      setImmediate(() => {
        if (socket.destroyed) done(socket.errored ?? closedError(), null)
        else done(null, socket)
      })
    })
  }
}

/** No SocketError of undici: after that it would connect again at once and without end. */
function closedError(): Error {
  return Object.assign(new Error('The connection was closed right after its handshake'), { code: 'ECONNRESET' })
}
