import type { HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import type { KnobsChange } from '../../simulators/weka/knobs.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { startRequestRelay, type RequestRelay } from '../../support/request-relay.ts'
import type { World } from './world.ts'

export const sitePassword = 'canary-password-2c6a'

/** A WEKA cluster behind a relay, and the names of its resources: all are called as the site is. */
export interface Site extends AsyncDisposable {
  readonly name: string
  readonly weka: WekaSimulator
  readonly relay: RequestRelay
}

export async function startSite(name: string, knobs: KnobsChange = {}): Promise<Site> {
  await using stack = new AsyncDisposableStack()
  const weka = stack.use(
    await startWekaSimulator({
      users: [{ username: 'operator', password: sitePassword, org: 'Root', role: 'ClusterAdmin' }],
      plainHttp: true,
      knobs: { restartMilliseconds: 0, ...knobs },
    }),
  )
  const relay = stack.use(await startRequestRelay(weka.endpoints[0]?.href ?? ''))
  const owned = stack.move()
  return { name, weka, relay, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** How to reach the cluster of a site. */
export function clusterObjects(world: World, { name, relay }: Site): readonly object[] {
  return [
    world.secret(`${name}-weka`, {
      username: 'operator',
      password: sitePassword,
      endpoints: new URL(relay.url).host,
      scheme: 'http',
    }),
    world.s3cluster(name, {
      type: 'WEKA',
      credentialsSecretRef: { name: `${name}-weka` },
      driftCheckSeconds: 60,
    }),
  ]
}

export function tokenObject(world: World, { name }: Pick<Site, 'name'>, token: string): object {
  return world.secret(`${name}-token`, { token })
}

export function webhookObject(
  world: World,
  { name }: Pick<Site, 'name'>,
  hec: HecSimulator,
  spec: object = {},
): object {
  return world.s3auditwebhook(name, {
    clusterRef: { name },
    endpoint: hec.url('raw').href,
    authTokenSecretRef: { name: `${name}-token` },
    probe: { periodSeconds: 10, failureThreshold: 2, successThreshold: 1 },
    ...spec,
  })
}
