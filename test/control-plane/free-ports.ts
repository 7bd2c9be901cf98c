import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the range from which systems take the local ports of outgoing connections (Linux 32768, others 49152): such a
// connection could otherwise take the port of a server that is being restarted.
const lowest = 15_000
const highest = 30_000

/**
 * Finds `count` adjacent ports on which nobody listens on the loopback interface. Another process can still be quicker:
 * who starts a server on them must be ready to ask again.
 */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest - count))
    const ports = Array.from({ length: count }, (_, index) => first + index)
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return ports
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}
