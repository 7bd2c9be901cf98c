import { startHecSimulator, type HecSimulator } from '../../test/simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../test/simulators/weka/weka-simulator.ts'
import { serveParent } from '../support/worker.ts'

// The S3 clusters of a measurement, some of which hang, and the target of all their webhooks.

export interface WorldRequest {
  readonly clusters: number
  readonly user: { readonly username: string; readonly password: string }
  readonly tokens: readonly string[]
}

export interface World {
  /** One URL for each cluster. */
  readonly clusters: readonly string[]
  readonly target: string
  /** Of the target. */
  readonly caPem: string
}

const clusters: WekaSimulator[] = []
let target: HecSimulator | undefined

const handlers = {
  async start({ clusters: count, user, tokens }: WorldRequest): Promise<World> {
    const users = [{ ...user, org: 'Root', role: 'ClusterAdmin' }] as const
    for (let index = 0; index < count; index++) {
      const clusterName = `cluster-${index}`
      clusters.push(
        await startWekaSimulator({ users, clusterName, plainHttp: true, knobs: { restartMilliseconds: 0 } }),
      )
    }
    target = await startHecSimulator({ tls: 'own', tokens: tokens.map((token) => ({ token })), maximumEvents: 10 })
    return {
      clusters: clusters.map(({ endpoints }) => String(endpoints[0])),
      target: target.url('raw').href,
      caPem: target.caPem,
    }
  },
  /** From now on the first `count` clusters take every request and answer none. */
  hang(count: number): void {
    for (const cluster of clusters.slice(0, count)) cluster.setKnobs({ backendFaults: { 0: { mode: 'stall' } } })
  },
  /** How many of the first `count` clusters were sent a request that they did not answer. */
  hung(count: number): number {
    return clusters.slice(0, count).filter((cluster) => cluster.requests().some(({ status }) => status === 0)).length
  },
}

export type WorldHandlers = typeof handlers

serveParent(handlers)
