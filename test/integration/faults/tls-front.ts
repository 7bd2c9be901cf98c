import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer, type SecureContextOptions } from 'node:tls'

import type { CertificateAuthority } from '../../support/certificates.ts'

/** A relay that ends TLS with a certificate of its own, as a load balancer before an API server does. Clients cannot show certificates. */
export interface TlsFront extends Disposable {
  readonly port: number
  /** Connections made so far, handshakes that failed included. */
  accepted(): number
  /** From now on it has a certificate of that CA, or none, so that handshakes fail. Connections that are open are reset. */
  present(authority: CertificateAuthority | undefined): void
}

export async function startTlsFront(options: {
  /** A port of loopback, and the CA of its server. */
  readonly target: number
  readonly targetCaPem: string
  readonly authority: CertificateAuthority
}): Promise<TlsFront> {
  const { target, targetCaPem } = options
  const open = new Set<Socket>()
  let accepted = 0
  const server = createServer({ ...leafOf(options.authority), ALPNProtocols: ['h2', 'http/1.1'] }, (near) => {
    const alpn = near.alpnProtocol === 'h2' ? 'h2' : 'http/1.1'
    const far = connect({ host: '127.0.0.1', port: target, ca: targetCaPem, ALPNProtocols: [alpn] })
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  server.on('connection', (socket: Socket) => {
    accepted++
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reset = (): void => {
    for (const socket of open) socket.resetAndDestroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    present(authority) {
      server.setSecureContext(authority === undefined ? {} : leafOf(authority))
      reset()
    },
    [Symbol.dispose]() {
      server.close()
      reset()
    },
  }
}

function leafOf(authority: CertificateAuthority): SecureContextOptions {
  const { certPem, keyPem } = authority.issue({ commonName: 'load balancer', ipAddresses: ['127.0.0.1'] })
  return { cert: certPem, key: keyPem }
}
