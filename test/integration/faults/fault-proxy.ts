import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

import { findFreePorts } from '../../control-plane/free-ports.ts'

/** What a network does to the connections through it, for as long as it lasts. */
export type ProxyFault =
  /** Each connection is reset when so many more bytes have come from the server, be that in the middle of a chunk. */
  | { readonly kind: 'reset'; readonly afterBytes: () => number }
  /** Connections are taken and stay open, and nothing passes. What waits passes when it is over. */
  | { readonly kind: 'stall' }
  /** The server's end of each connection that is open goes, and the client is told nothing, ever. New ones work. */
  | { readonly kind: 'half-open' }
  /** What the server sends trickles, on each connection. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Both ends of each connection are closed in order (FIN), as soon as it is made. */
  | { readonly kind: 'cut' }
  /** Nobody listens; connections that were open are reset. */
  | { readonly kind: 'refuse' }

/** A TCP relay on loopback that fails as it is told. What passes is not looked at: it may be TLS. */
export interface FaultProxy extends Disposable {
  readonly port: number
  /** Connections taken so far. */
  accepted(): number
  /** Connections of clients that are open. */
  open(): number
  fail(fault: ProxyFault): Promise<void>
  /** The same port works again. */
  heal(): Promise<void>
}

interface Connection {
  readonly near: Socket
  readonly far: Socket
  readonly toServer: Lane
  readonly toClient: Lane
  /** Bytes to the client until it is reset. */
  budget: number
  /** The client is not to hear that the server's end has gone. */
  silent: boolean
}

const trickleMilliseconds = 25

/** @param target a port of loopback. */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const [port = 0] = await findFreePorts(1)
  const connections = new Set<Connection>()
  let fault: ProxyFault | undefined
  let accepted = 0
  let trickle: NodeJS.Timeout | undefined

  const server = createServer((near) => {
    accepted++
    const far = connect(target, '127.0.0.1')
    const connection: Connection = {
      near,
      far,
      toServer: createLane(near, far, () => pass(connection)),
      toClient: createLane(far, near, () => pass(connection)),
      budget: Infinity,
      silent: false,
    }
    connections.add(connection)
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.on('close', () => {
      connections.delete(connection)
      far.destroy()
    })
    far.on('close', (broken) => {
      if (connection.silent) near.resume()
      else if (fault?.kind !== 'stall') hangUp(connection, broken)
    })
    // A half-open connection has lost its server, and this one is new.
    if (fault !== undefined && fault.kind !== 'half-open') strike(connection, fault)
  })

  function pass(connection: Connection): void {
    const { near, far, toServer, toClient } = connection
    if (connection.silent) toServer.drop()
    else if (fault?.kind !== 'stall') toServer.release()
    if (connection.silent || fault?.kind === 'stall' || fault?.kind === 'slow') return
    connection.budget -= toClient.release(connection.budget)
    if (connection.budget > 0) return
    near.resetAndDestroy()
    far.resetAndDestroy()
  }

  function strike(connection: Connection, struck: ProxyFault): void {
    const { near, far } = connection
    switch (struck.kind) {
      case 'reset':
        connection.budget = struck.afterBytes()
        return
      case 'half-open':
        connection.silent = true
        far.destroy()
        return
      case 'cut':
        near.end()
        far.end()
        return
      case 'refuse':
        near.resetAndDestroy()
        far.resetAndDestroy()
        return
      case 'stall':
      case 'slow':
    }
  }

  async function heal(): Promise<void> {
    clearInterval(trickle)
    fault = undefined
    for (const connection of connections) {
      connection.budget = Infinity
      pass(connection)
      if (connection.far.destroyed && !connection.silent) hangUp(connection, true)
    }
    await listen()
  }

  async function listen(): Promise<void> {
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }

  await listen()
  return {
    port,
    accepted: () => accepted,
    open: () => connections.size,
    async fail(next) {
      await heal()
      fault = next
      for (const connection of connections) strike(connection, next)
      if (next.kind === 'refuse') {
        const closed = once(server, 'close')
        server.close()
        await closed
      } else if (next.kind === 'slow') {
        let since = performance.now()
        trickle = setInterval(() => {
          const share = Math.floor((next.bytesPerSecond * (performance.now() - since)) / 1000)
          since = performance.now()
          for (const { toClient } of connections) toClient.release(share)
        }, trickleMilliseconds)
      }
    },
    heal,
    [Symbol.dispose]() {
      clearInterval(trickle)
      server.close()
      for (const { near } of connections) near.destroy()
    },
  }
}

function hangUp({ near, toClient }: Connection, broken: boolean): void {
  if (broken) {
    near.resetAndDestroy()
  } else {
    toClient.release()
    near.end()
  }
}

/** What came from one socket and waits for the other. */
interface Lane {
  /** Passes on at most so many bytes. @returns how many there were. */
  release(most?: number): number
  drop(): void
}

/** More than this is left to the kernel, whose windows then close. */
const maximumWaitingBytes = 1024 * 1024

function createLane(from: Socket, to: Socket, onData: () => void): Lane {
  let waiting: Buffer[] = []
  let length = 0
  from.on('data', (chunk: Buffer) => {
    waiting.push(chunk)
    length += chunk.length
    if (length > maximumWaitingBytes) from.pause()
    onData()
  })
  const drop = (): void => {
    waiting = []
    length = 0
    from.resume()
  }
  return {
    release(most = Infinity) {
      if (length === 0) return 0
      const all = Buffer.concat(waiting)
      const now = all.subarray(0, Math.min(most, length))
      const rest = all.subarray(now.length)
      drop()
      if (rest.length > 0) waiting.push(rest)
      length = rest.length
      if (length > maximumWaitingBytes) from.pause()
      if (now.length > 0 && !to.destroyed) to.write(now)
      return now.length
    },
    drop,
  }
}
