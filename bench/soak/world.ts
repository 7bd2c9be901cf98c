import { startWorker, type Worker } from '../support/worker.ts'
import type { World, WorldCounters, WorldHandlers, WorldRequest } from './world-process.ts'

/** A process may hold 20,000 descriptors on many systems: a listener and a connection for each cluster, and some to spare. */
const clustersPerProcess = 5000

/** Clusters and targets in processes of their own. Disposing ends them. */
export async function startWorld(
  request: WorldRequest,
): Promise<World & { counters(): Promise<WorldCounters> } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const start = async (): Promise<Worker<WorldHandlers>> =>
    stack.use(await startWorker<WorldHandlers>(new URL('world-process.ts', import.meta.url)))
  const processes = [await start()]
  const worlds = [await processes[0]?.call('start', { ...request, clusters: 0 })]
  for (let made = 0; made < request.clusters; made += clustersPerProcess) {
    const process = await start()
    processes.push(process)
    const clusters = Math.min(clustersPerProcess, request.clusters - made)
    worlds.push(await process.call('start', { ...request, clusters, targets: 0 }))
  }
  const owned = stack.move()
  return {
    clusters: worlds.flatMap((world) => world?.clusters ?? []),
    targets: worlds[0]?.targets ?? [],
    caPem: worlds[0]?.caPem ?? '',
    async counters() {
      const all = await Promise.all(processes.map((process) => process.call('counters', undefined)))
      const sum = (name: keyof WorldCounters): number => all.reduce((total, counters) => total + counters[name], 0)
      return {
        reads: sum('reads'),
        changes: sum('changes'),
        logins: sum('logins'),
        targetTests: sum('targetTests'),
        testEvents: sum('testEvents'),
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
