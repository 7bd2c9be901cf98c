import { setTimeout as sleep } from 'node:timers/promises'

import { sampleProcess } from './process-sample.ts'
import type { SoakResult } from './soak-result.ts'

const lookMilliseconds = 1000
const sampleSeconds = 10

/** Looks at a process every second and keeps what it saw every ten. */
export async function watchProcess(options: {
  readonly pid: number
  readonly remotePort: number
  readonly milliseconds: number
  readonly say: (text: string) => void
}): Promise<Pick<SoakResult, 'rssBytes' | 'connections' | 'sockets' | 'cpu' | 'samples'>> {
  const { pid, remotePort, say } = options
  const start = performance.now()
  const first = await sampleProcess(pid, remotePort)
  const known = new Set(first.connections)
  let last = first
  let highest = { rssBytes: first.rssBytes, sockets: first.sockets, connections: first.connections.length }
  const samples: SoakResult['samples'][number][] = []
  while (performance.now() - start < options.milliseconds) {
    await sleep(lookMilliseconds)
    last = await sampleProcess(pid, remotePort)
    for (const port of last.connections) known.add(port)
    highest = {
      rssBytes: Math.max(highest.rssBytes, last.rssBytes),
      sockets: Math.max(highest.sockets, last.sockets),
      connections: Math.max(highest.connections, last.connections.length),
    }
    const second = Math.round((performance.now() - start) / 1000)
    if (second < (samples.length + 1) * sampleSeconds) continue
    const { rssBytes, sockets, connections } = last
    samples.push({ second, rssBytes, connections: connections.length, sockets })
    if (samples.length % 6 === 0)
      say(`${second} s: ${Math.round(rssBytes / 2 ** 20)} MiB, ${connections.length} connections, ${sockets} sockets`)
  }
  return {
    rssBytes: { first: first.rssBytes, highest: highest.rssBytes, last: last.rssBytes },
    connections: {
      openAtFirst: first.connections.length,
      mostOpen: highest.connections,
      openAtLast: last.connections.length,
      opened: known.size - first.connections.length,
    },
    sockets: { first: first.sockets, highest: highest.sockets, last: last.sockets },
    cpu: (last.cpuSeconds - first.cpuSeconds) / ((performance.now() - start) / 1000),
    samples,
  }
}
