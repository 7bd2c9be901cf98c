import type { KnobsChange } from '../../simulators/weka/knobs.ts'
import { eventually } from '../../support/eventually.ts'
import type { OperatorUser } from '../../support/operator-rbac.ts'
import type { Right } from '../../support/role-rule.ts'
import type { Scene } from './scene.ts'
import type { Site } from './sites.ts'
import type { World } from './world.ts'

/** Where the operator is when it is killed, and how often the cluster was changed then and in the end. */
export interface Moment {
  readonly name: string
  readonly knobs?: KnobsChange
  /** Resolves when the operator has come there; called before the change is made. */
  readonly reach: (site: Site) => Promise<unknown>
  readonly atKill: Changes
  /** What happens while no operator runs. */
  readonly whileDown?: (site: Site, world: World) => Promise<unknown>
  readonly inTheEnd: Changes
  /** The resource is there no more in the end. */
  readonly isGone?: boolean
  /** Of the cluster; absent: what the resource asks for. */
  readonly webhookInTheEnd?: object
}

/** Calls of the cluster that took effect since the change began. */
export interface Changes {
  readonly enables: number
  readonly disables: number
}

/** What came of one moment. */
export interface Result {
  readonly atKill: Changes
  readonly inTheEnd: Changes
  readonly webhook: object
  readonly token: string
}

const unchanged: Changes = { enables: 0, disables: 0 }

/** One change everywhere, each site has its moment; once all have come the operator is killed, and started again. */
export async function killAt(
  moments: readonly Moment[],
  scene: Scene,
  options: {
    readonly user: OperatorUser
    /** A right that the operator lacks until it is killed. */
    readonly withheld: Right
    readonly change: () => Promise<unknown>
  },
): Promise<readonly Result[]> {
  const { sites, world } = scene
  const { user, withheld, change } = options
  const pairs = moments.map((moment, index) => ({ moment, site: siteAt(scene, index) }))
  const before = sites.map(({ weka }) => weka.counters())
  const since = (): readonly Changes[] =>
    sites.map(({ weka }, index) => ({
      enables: weka.counters().enables - (before[index]?.enables ?? 0),
      disables: weka.counters().disables - (before[index]?.disables ?? 0),
    }))
  await user.withhold(withheld)
  const missing = new Set(moments.map(({ name }) => name))
  const reached = Promise.all(
    pairs.map(({ moment, site }) => moment.reach(site).then(() => missing.delete(moment.name))),
  )
  const seen = eventually('every moment', () => {
    if (missing.size > 0) throw new Error(`not reached: ${[...missing].join('; ')}`)
    return true
  })
  await Promise.all([reached, seen, change()])
  await scene.kill()
  const atKill = since()
  for (const { moment, site } of pairs) {
    site.relay.clear()
    await moment.whileDown?.(site, world)
  }
  await user.restore()
  await scene.start()
  await scene.settled(pairs.flatMap(({ moment, site }) => (moment.isGone === true ? [] : [site])))
  const gone = pairs.flatMap(({ moment, site }) => (moment.isGone === true ? [`s3auditwebhook/${site.name}`] : []))
  if (gone.length > 0) await world.kubectl('wait', '--for=delete', '--timeout=30s', ...gone)
  const inTheEnd = since()
  return sites.map((site, index) => ({
    atKill: atKill[index] ?? unchanged,
    inTheEnd: inTheEnd[index] ?? unchanged,
    webhook: site.weka.webhook(),
    token: scene.token(site),
  }))
}

function siteAt({ sites }: Scene, index: number): Site {
  const site = sites[index]
  if (site === undefined) throw new RangeError(`There is no site ${index}`)
  return site
}
