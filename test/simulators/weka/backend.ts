import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import type { IssuedCertificate } from '../../support/certificates.ts'

/** The certificate of the cluster and one of a CA that nobody trusts. */
export interface BackendCertificates {
  readonly trusted: IssuedCertificate
  readonly untrusted: IssuedCertificate
}

export interface BackendOptions {
  /** 0: any free port, kept from then on. */
  readonly port: number
  /** An address of this machine. */
  readonly host: string
  /** Absent: plain http. */
  readonly certificates: BackendCertificates | undefined
  readonly handler: RequestListener
}

/** One listener. */
export interface Backend {
  readonly port: number
  isUp(): boolean
  start(): Promise<void>
  /** Closes the port and every connection. */
  stop(): Promise<void>
  /** Which certificate is shown; open connections are closed. Means nothing over plain http. */
  show(certificate: keyof BackendCertificates): void
}

export async function openBackend(options: BackendOptions): Promise<Backend> {
  let shown: keyof BackendCertificates = 'trusted'
  let server: HttpServer | HttpsServer | undefined = await listen(options, options.port, shown)
  const { port } = server.address() as AddressInfo
  return {
    port,
    isUp: () => server !== undefined,
    async start() {
      server ??= await listen(options, port, shown)
    },
    async stop() {
      const stopping = server
      server = undefined
      if (stopping === undefined) return
      const closed = once(stopping, 'close')
      stopping.close()
      stopping.closeAllConnections()
      await closed
    },
    show(certificate) {
      if (certificate === shown) return
      shown = certificate
      if (server === undefined || options.certificates === undefined || !('setSecureContext' in server)) return
      server.setSecureContext(secureContext(options.certificates[certificate]))
      server.closeAllConnections()
    },
  }
}

async function listen(
  options: BackendOptions,
  port: number,
  shown: keyof BackendCertificates,
): Promise<HttpServer | HttpsServer> {
  const { certificates, handler } = options
  const server =
    certificates === undefined
      ? createHttpServer(handler)
      : createHttpsServer(secureContext(certificates[shown]), handler)
  server.listen(port, options.host)
  await once(server, 'listening')
  return server
}

function secureContext({ certPem, keyPem }: IssuedCertificate): { cert: string; key: string } {
  return { cert: certPem, key: keyPem }
}
