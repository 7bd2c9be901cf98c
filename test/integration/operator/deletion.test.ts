import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { systemClock } from '../../../src/kube/clock.ts'
import { createWaitingLine, inTurn } from '../../../src/observability/waiting-line.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { connect, type ApiServer } from '../api/api-server.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { clusterObjects, startSite, tokenObject, webhookObject, type Site } from './sites.ts'
import { planWorld, type World } from './world.ts'

const things = ['webhook', 'S3Cluster', 'Secrets'] as const
type Thing = (typeof things)[number] | 'namespace'

/** With a controller manager a namespace goes within this time, and everything in it. */
const namespaceSeconds = 30

/** One namespace with a cluster of its own, in force. */
interface Scene {
  readonly world: ReturnType<typeof planWorld>
  readonly site: Site
}

interface Case {
  readonly name: string
  /** What the cluster does from the moment before the deletion on. */
  readonly fault?: (scene: Scene) => Promise<void>
  /** What is deleted, one right after the other. */
  readonly order: readonly Thing[]
  /** Reason in log and metric; undefined: nothing is left behind. */
  readonly leftBehind?: 'ClusterUnreachable'
}

const refuse = async ({ site }: Scene): Promise<void> => site.relay.stop()
const hang = async ({ site }: Scene): Promise<void> => site.weka.setKnobs({ backendFaults: { 0: { mode: 'stall' } } })
const leftBehind = 'ClusterUnreachable'

const cases: readonly Case[] = [
  ...arrangements(things).map((first): Case => {
    const order = [...first, 'namespace' as const]
    return { name: `all, in this order: ${order.join(', ')}`, order }
  }),
  { name: 'a namespace whose cluster refuses connections', fault: refuse, order: ['namespace'], leftBehind },
  { name: 'a namespace whose cluster answers nothing', fault: hang, order: ['namespace'], leftBehind },
  {
    name: 'a namespace whose cluster is known to be away',
    async fault(scene) {
      await refuse(scene)
      await readBack(scene)
      await scene.world.until('weka', 'Synced', { status: 'False', reason: 'ClusterUnreachable' }, 60_000)
    },
    order: ['namespace'],
    leftBehind,
  },
  {
    name: 'a namespace whose webhook waits in deletion for a cluster that is away',
    async fault(scene) {
      await refuse(scene)
      await scene.world.kubectl('delete', 's3auditwebhook', 'weka', '--wait=false')
    },
    order: ['namespace'],
    leftBehind,
  },
  {
    name: 'a namespace whose webhook is in deletion while its cluster answers nothing',
    async fault(scene) {
      await hang(scene)
      await askedWhile(scene, () => scene.world.kubectl('delete', 's3auditwebhook', 'weka', '--wait=false'))
    },
    order: ['namespace'],
    leftBehind,
  },
  {
    name: 'a namespace whose cluster answers nothing to a read-back',
    async fault(scene) {
      await hang(scene)
      await askedWhile(scene, () => readBack(scene))
    },
    order: ['namespace'],
    leftBehind,
  },
  {
    name: 'a namespace whose cluster does not say who it is',
    async fault(scene) {
      await hang(scene)
      const change = JSON.stringify({ spec: { driftCheckSeconds: 61 } })
      await askedWhile(scene, () => scene.world.kubectl('patch', 's3cluster', 'weka', '--type=merge', '-p', change))
    },
    order: ['namespace'],
    leftBehind,
  },
]

// Each namespace has a cluster of its own; the operator and the API server they share, as they do in life.
describe('everything that is deleted goes', () => {
  const stack = new AsyncDisposableStack()
  /** For tests that delete no namespace. */
  const others: Scene[] = []
  /** By name of the case what was seen, and after how many seconds the namespace was gone. */
  const endings = new Map<string, ReturnType<typeof deleteAll>>()
  let apiServer: ApiServer
  let hec: HecSimulator
  let operator: OperatorUnderTest

  beforeAll(async () => {
    const controlPlane = await sharedControlPlane()
    apiServer = stack.use(connect(controlPlane))
    hec = stack.use(await startHecSimulator({ tokens: [{ token: 'canary-deletion' }] }))
    const scenes = await Promise.all(
      Array.from({ length: cases.length + 2 }, async (): Promise<Scene> => {
        const world = planWorld(controlPlane)
        const site = stack.use(await startSite('weka'))
        return { world, site }
      }),
    )
    const objects = scenes.flatMap(({ world, site }) => [
      ...clusterObjects(world, site),
      tokenObject(world, site, 'canary-deletion'),
      webhookObject(world, site, hec),
    ])
    await scenes[0]?.world.apply(...scenes.map(({ world }) => world.namespaceObject), ...objects)
    operator = stack.use(
      startOperatorUnderTest({
        kubeconfigPath: controlPlane.kubeconfigPath,
        clock: systemClock,
        args: scenes.flatMap(({ world }) => ['--namespace', world.namespace]),
      }),
    )
    await Promise.all(scenes.map(({ world }) => world.until('weka', 'Ready', { status: 'True' }, 100_000)))
    // A cluster that answers has ten seconds for it: all of them at once, in this one process, take longer on a slow machine.
    const line = createWaitingLine(4)
    const { signal } = new AbortController()
    for (const [index, scene] of scenes.entries()) {
      const given = cases[index]
      if (given === undefined) others.push(scene)
      else {
        const ending = (): ReturnType<typeof deleteAll> => deleteAll(apiServer, scene, given)
        endings.set(given.name, given.fault === undefined ? inTurn(line, signal, ending) : ending())
      }
    }
    // Each is awaited by its own test.
    void Promise.allSettled(endings.values())
  })

  afterAll(() => stack.disposeAsync())

  const linesOf = (world: World): readonly Line[] =>
    operator
      .log()
      .split('\n')
      .filter((line) => line.includes(world.namespace) && line.includes('left behind'))
      .map((line) => lineShape.parse(JSON.parse(line)))
  const wasTried = (world: World): true | undefined => {
    const lines = operator.log().split('\n')
    return lines.some((line) => line.includes(world.namespace) && line.includes('it is tried again')) || undefined
  }

  test.concurrent('a webhook that waits for its cluster goes at once when deletionPolicy becomes Retain', async () => {
    const [scene] = others
    if (scene === undefined) throw new Error('There is no scene')
    const { world, site } = scene
    await refuse(scene)
    await world.kubectl('delete', 's3auditwebhook', 'weka', '--wait=false')
    await eventually('a try', () => wasTried(world))
    const policy = JSON.stringify({ spec: { deletionPolicy: 'Retain' } })
    await world.kubectl('patch', 's3auditwebhook', 'weka', '--type=merge', '-p', policy)
    await world.kubectl('wait', '--for=delete', 's3auditwebhook/weka', '--timeout=30s')
    expect(site.weka.webhook().enabled).toBe(true)
    expect(linesOf(world)).toEqual([])
  })

  test.concurrent('a webhook is removed when its cluster comes back, though cluster and Secrets were deleted', async () => {
    const scene = others[1]
    if (scene === undefined) throw new Error('There is no scene')
    const { world, site } = scene
    await refuse(scene)
    for (const thing of ['Secrets', 'S3Cluster', 'webhook'] as const) await remove(apiServer, world.namespace, thing)
    await eventually('a try', () => wasTried(world))
    await site.relay.start()
    await world.kubectl('wait', '--for=delete', 's3auditwebhook/weka', 's3cluster/weka', '--timeout=60s')
    expect(site.weka.webhook().enabled).toBe(false)
    // It is sent beside the pass that takes the finalizer off.
    await eventually('the Event', async () => (await world.events('weka')).includes('WebhookRemoved') || undefined)
    expect(linesOf(world)).toEqual([])
  })

  test.each(cases)('$name', { timeout: 120_000 }, async ({ name, leftBehind: reason }) => {
    const ending = endings.get(name)
    if (ending === undefined) throw new Error(`The deletion '${name}' was not begun`)
    const [{ world, site }, seconds] = await ending
    expect(seconds).toBeLessThan(namespaceSeconds)
    expect(site.weka.webhook().enabled).toBe(reason !== undefined)
    expect(linesOf(world)).toEqual(
      reason === undefined ? [] : [{ reason, name: 'weka', cluster: 'weka', clusterId: site.weka.guid }],
    )
  })

  test('what was left behind is counted by reason, as often as the log tells of it', async () => {
    const port = /"port":(\d+)/.exec(operator.log())?.[1]
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const counted = /^s3audit_webhooks_left_behind_total\{reason="ClusterUnreachable"\} (\d+)$/m.exec(text)?.[1]
    expect(Number(counted)).toBe(cases.filter((given) => given.leftBehind !== undefined).length)
  })

  test('no token or password is in the log of all that', () => {
    expect(operator.log()).not.toContain('canary')
  })
})

const lineShape = z.object({ reason: z.string(), name: z.string(), cluster: z.string(), clusterId: z.string() })
type Line = z.infer<typeof lineShape>

/** @returns the scene, and the seconds from the deletion of its namespace to the end of it. */
async function deleteAll(
  apiServer: ApiServer,
  scene: Scene,
  { fault, order }: Case,
): Promise<readonly [scene: Scene, seconds: number]> {
  const { namespace } = scene.world
  await fault?.(scene)
  for (const thing of order) await remove(apiServer, namespace, thing)
  const began = performance.now()
  await eventually(
    'the end of the namespace',
    async () => {
      const { status, body } = await apiServer.send('GET', `/api/v1/namespaces/${namespace}`)
      if (status === 404) return true
      throw new Error(JSON.stringify(body))
    },
    namespaceSeconds * 1000,
  )
  return [scene, (performance.now() - began) / 1000]
}

/** Makes the operator read the webhook back now. */
async function readBack({ world }: Scene): Promise<void> {
  await world.kubectl('annotate', 's3auditwebhook', 'weka', '--overwrite', 's3audit.dev/reconcile-requested-at=now')
}

/** Resolves when the cluster was asked something because of `act`. */
async function askedWhile({ site }: Scene, act: () => Promise<unknown>): Promise<void> {
  const before = site.weka.requests().length
  await act()
  await eventually('the question', () => (site.weka.requests().length > before ? true : undefined), 60_000)
}

async function remove(apiServer: ApiServer, namespace: string, thing: Thing): Promise<void> {
  const core = `/api/v1/namespaces/${namespace}`
  const ours = `/apis/s3audit.dev/v1alpha1/namespaces/${namespace}`
  const paths: Readonly<Record<Thing, readonly string[]>> = {
    webhook: [`${ours}/s3auditwebhooks/weka`],
    S3Cluster: [`${ours}/s3clusters/weka`],
    Secrets: [`${core}/secrets/weka-weka`, `${core}/secrets/weka-token`],
    namespace: [core],
  }
  for (const path of paths[thing]) {
    const { status, body } = await apiServer.send('DELETE', path)
    // It may have gone with what was deleted before.
    if (status >= 300 && status !== 404) throw new Error(`DELETE ${path}: ${JSON.stringify(body)}`)
  }
}

/** All orders of none, some and all of the values. */
function arrangements<T>(values: readonly T[]): readonly (readonly T[])[] {
  return [
    [],
    ...values.flatMap((value) =>
      arrangements(values.filter((other) => other !== value)).map((rest) => [value, ...rest]),
    ),
  ]
}
