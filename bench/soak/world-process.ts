import { startHecSimulator } from '../../test/simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../test/simulators/weka/weka-simulator.ts'
import { createCertificateAuthority } from '../../test/support/certificates.ts'
import { serveParent } from '../support/worker.ts'

// Everything outside of Kubernetes: many WEKA clusters and the targets of their webhooks.

export interface WorldRequest {
  readonly clusters: number
  readonly targets: number
  readonly user: { readonly username: string; readonly password: string }
  readonly token: string
}

export interface World {
  /** One URL for each cluster. */
  readonly clusters: readonly string[]
  /** HEC URLs over https. */
  readonly targets: readonly string[]
  /** Of the targets. */
  readonly caPem: string
}

/** What the clusters and the targets were asked so far, summed up. */
export interface WorldCounters {
  readonly reads: number
  readonly changes: number
  readonly logins: number
  readonly targetTests: number
  readonly testEvents: number
}

const clusters: WekaSimulator[] = []
const targets: Awaited<ReturnType<typeof startHecSimulator>>[] = []

const handlers = {
  async start(request: WorldRequest): Promise<World> {
    const { username, password } = request.user
    const users = [{ username, password, org: 'Root', role: 'ClusterAdmin' }] as const
    for (let index = 0; index < request.clusters; index++) {
      const clusterName = `cluster-${index}`
      clusters.push(
        await startWekaSimulator({ users, clusterName, plainHttp: true, knobs: { restartMilliseconds: 0 } }),
      )
    }
    const authority = createCertificateAuthority({ commonName: 'Splunk CA' })
    const tls = authority.issue({ commonName: 'splunk', ipAddresses: ['127.0.0.1'] })
    for (let index = 0; index < request.targets; index++) {
      targets.push(await startHecSimulator({ tls, tokens: [{ token: request.token }], maximumEvents: 10 }))
    }
    return {
      clusters: clusters.map(({ endpoints }) => String(endpoints[0])),
      targets: targets.map((target) => target.url('raw').href),
      caPem: authority.certPem,
    }
  },
  counters(): WorldCounters {
    const asked = clusters.map((cluster) => cluster.counters())
    const tested = targets.map((target) => target.requests().byKind)
    const sum = (counts: readonly (number | undefined)[]): number =>
      counts.reduce<number>((total, count) => total + (count ?? 0), 0)
    return {
      reads: sum(asked.map(({ gets }) => gets)),
      changes: sum(asked.map(({ enables, disables }) => enables + disables)),
      logins: sum(asked.map(({ logins }) => logins)),
      targetTests: sum(tested.flatMap(({ health, empty }) => [health, empty])),
      testEvents: sum(tested.map(({ probe }) => probe)),
    }
  },
}

export type WorldHandlers = typeof handlers

serveParent(handlers)
