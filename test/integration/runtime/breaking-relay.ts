import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP relay whose connections can be cut at any time, as a failing load balancer does. */
export interface BreakingRelay extends Disposable {
  readonly port: number
  /** Resets every connection that is open; new ones work. */
  cut(): void
}

/** Relays a port of loopback to another one. */
export async function startBreakingRelay(port: number): Promise<BreakingRelay> {
  const sockets = new Set<Socket>()
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => void relay.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port: (relay.address() as AddressInfo).port,
    cut,
    [Symbol.dispose]() {
      relay.close()
      cut()
    },
  }
}
