import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createOperatorUser, type OperatorUser } from '../../support/operator-rbac.ts'
import type { Matcher } from '../../support/request-relay.ts'
import { connect, type ApiServer } from '../api/api-server.ts'
import { killAt, type Changes, type Moment, type Result } from './kill-at.ts'
import { openScene, type Scene } from './scene.ts'
import { sitePassword, webhookObject, type Site } from './sites.ts'
import type { World } from './world.ts'

const stack = new AsyncDisposableStack()
let controlPlane: ControlPlaneAccess
let apiServer: ApiServer
let user: OperatorUser
let hec: HecSimulator
let logPath: string

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'operator-killed-'))
  stack.defer(() => rm(directory, { recursive: true }))
  logPath = join(directory, 'operator.log')
  controlPlane = await sharedControlPlane()
  apiServer = stack.use(connect(controlPlane))
  user = await createOperatorUser(controlPlane)
  hec = stack.use(await startHecSimulator({ tokens: [] }))
})

afterAll(() => stack.disposeAsync())

/** The scene of a group of tests: ready before the first, closed after the last. */
function sceneOf(plan: Parameters<typeof openScene>[0], prepare: (scene: Scene) => Promise<void>): () => Scene {
  let scene: Scene | undefined
  const opened = (): Scene => {
    if (scene === undefined) throw new Error('There is a scene only while the tests run')
    return scene
  }
  beforeAll(async () => {
    scene = await openScene(plan, { controlPlane, apiServer, user, hec, logPath })
    await prepare(scene)
  })
  afterAll(() => scene?.[Symbol.asyncDispose]())
  return opened
}

const applyWebhooks = ({ world, sites }: Scene): Promise<void> =>
  world.apply(...sites.map((site) => webhookObject(world, site, hec)))

/** All webhooks are in force and the operator runs. */
async function settle(scene: Scene): Promise<void> {
  await applyWebhooks(scene)
  await scene.start()
  await scene.settled()
}

const numbered = (moments: readonly Moment[]): readonly (Moment & { readonly index: number })[] =>
  moments.map((moment, index) => ({ ...moment, index }))

const none: Changes = { enables: 0, disables: 0 }
const enabledOnce: Changes = { enables: 1, disables: 0 }
const disabledOnce: Changes = { enables: 0, disables: 1 }

const changesOf = ({ weka }: Site): number => weka.counters().enables + weka.counters().disables
const isRequestFor =
  (path: string): Matcher =>
  (request) =>
    request.path.endsWith(path)
const route = {
  webhook: isRequestFor('/s3/auditWebhook'),
  enable: isRequestFor('/s3/auditWebhook/enable'),
  disable: isRequestFor('/s3/auditWebhook/disable'),
  readiness: isRequestFor('/s3/containersAreReady'),
}

/** The next request of the route that comes once the change is in force. */
const onceChanged = (site: Site, matches: Matcher): Promise<void> => {
  const before = changesOf(site)
  return site.relay.hold('Request', (request) => matches(request) && changesOf(site) > before)
}

/** A write of the operator that the API server refused for lack of a right, made after the cluster was changed. */
const refused = (site: Site, subresource: string | undefined): Promise<unknown> => {
  const before = changesOf(site)
  return eventually('a write that is refused', async () => {
    const changedAt = site.weka.events().at(-1)?.timestamp
    if (changesOf(site) === before || changedAt === undefined) return undefined
    const events = await controlPlane.auditEvents()
    return events.find(
      ({ verb, user: { username }, objectRef, responseStatus, stageTimestamp }) =>
        verb === 'patch' &&
        username === user.name &&
        objectRef?.name === site.name &&
        objectRef.subresource === subresource &&
        responseStatus?.code === 403 &&
        Date.parse(stageTimestamp) >= Date.parse(changedAt),
    )
  })
}

describe('killed while a rotated token is put in force, the operator sends no second enable', () => {
  const moments: readonly Moment[] = [
    {
      name: 'while it reads the webhook',
      reach: ({ relay }) => relay.hold('Request', route.webhook),
      atKill: none,
      inTheEnd: enabledOnce,
    },
    {
      name: 'when the target has accepted the new token',
      reach: ({ relay }) => relay.hold('Request', route.readiness),
      atKill: none,
      inTheEnd: enabledOnce,
    },
    {
      name: 'with the call on its way, which gets lost',
      reach: ({ relay }) => relay.hold('Request', route.enable),
      atKill: none,
      inTheEnd: enabledOnce,
    },
    {
      name: 'with the call in force and unanswered',
      reach: ({ relay }) => relay.hold('Answer', route.enable),
      atKill: enabledOnce,
      inTheEnd: enabledOnce,
    },
    {
      name: 'with the call in force and answered by a failure',
      knobs: { applyThenFail: { mode: 'unavailable', count: 0 } },
      reach(site) {
        site.weka.setKnobs({ applyThenFail: { mode: 'unavailable', count: 1 } })
        return onceChanged(site, route.webhook)
      },
      atKill: enabledOnce,
      inTheEnd: enabledOnce,
    },
    {
      name: 'while S3 containers restart',
      reach(site) {
        site.weka.setKnobs({ restartMilliseconds: 3_000 })
        return onceChanged(site, route.readiness)
      },
      atKill: enabledOnce,
      inTheEnd: enabledOnce,
    },
    {
      name: 'while it reads back what it set',
      reach: (site) => onceChanged(site, route.webhook),
      atKill: enabledOnce,
      inTheEnd: enabledOnce,
    },
    {
      name: 'before the status was written',
      reach: (site) => refused(site, 'status'),
      atKill: enabledOnce,
      inTheEnd: enabledOnce,
    },
  ]
  let results: readonly Result[]
  sceneOf(moments, async (scene) => {
    await settle(scene)
    results = await killAt(moments, scene, {
      user,
      withheld: { verb: 'patch', resource: 's3auditwebhooks/status' },
      change: () => Promise.all(scene.sites.map((site) => scene.rotate(site))),
    })
  })

  test.each(numbered(moments))('$name', ({ index, atKill, inTheEnd }) => {
    const result = results[index]
    expect(result).toMatchObject({ atKill, inTheEnd })
    expect(result?.webhook).toEqual({
      endpoint: hec.url('raw').href,
      authToken: `Splunk ${result?.token}`,
      enabled: true,
    })
  })
})

describe('killed while a webhook is set for the first time, the operator knows it as its own', () => {
  const elsewhere = { endpoint: 'https://elsewhere.example.com/hook', authToken: 'Splunk theirs', enabled: true }
  const deleteIt = ({ name }: Site, world: World): Promise<string> =>
    world.kubectl('delete', 's3auditwebhook', name, '--wait=false')
  const moments: readonly Moment[] = [
    {
      name: 'with the call on its way, which gets lost',
      reach: ({ relay }) => relay.hold('Request', route.enable),
      atKill: none,
      inTheEnd: enabledOnce,
    },
    {
      name: 'with the call in force and unanswered',
      reach: ({ relay }) => relay.hold('Answer', route.enable),
      atKill: enabledOnce,
      inTheEnd: enabledOnce,
    },
    {
      name: 'before the status was written',
      reach: (site) => refused(site, 'status'),
      atKill: enabledOnce,
      inTheEnd: enabledOnce,
    },
    {
      name: 'before the status was written, on a cluster that hides the token: one enable more is all it costs',
      knobs: { tokenDisplay: 'masked' },
      reach: (site) => refused(site, 'status'),
      atKill: enabledOnce,
      inTheEnd: { enables: 2, disables: 0 },
    },
    {
      name: 'before the status was written, and takes it off when the resource is deleted meanwhile',
      reach: (site) => refused(site, 'status'),
      atKill: enabledOnce,
      whileDown: deleteIt,
      inTheEnd: { enables: 1, disables: 1 },
      isGone: true,
      webhookInTheEnd: { enabled: false },
    },
    {
      name: 'before it was in force, and leaves alone what somebody else set before the resource was deleted',
      reach: ({ relay }) => relay.hold('Request', route.enable),
      atKill: none,
      async whileDown(site, world) {
        site.weka.setWebhookByHand(elsewhere)
        await deleteIt(site, world)
      },
      inTheEnd: none,
      isGone: true,
      webhookInTheEnd: elsewhere,
    },
  ]
  let results: readonly Result[]
  sceneOf(moments, async (scene) => {
    await scene.start()
    results = await killAt(moments, scene, {
      user,
      withheld: { verb: 'patch', resource: 's3auditwebhooks/status' },
      change: () => applyWebhooks(scene),
    })
  })

  test.each(numbered(moments))('$name', ({ index, atKill, inTheEnd, webhookInTheEnd }) => {
    const result = results[index]
    expect(result).toMatchObject({ atKill, inTheEnd })
    expect(result?.webhook).toMatchObject(
      webhookInTheEnd ?? { endpoint: hec.url('raw').href, authToken: `Splunk ${result?.token}`, enabled: true },
    )
  })
})

describe('killed while a webhook is taken off, the operator ends the deletion with one disable', () => {
  const moments: readonly Moment[] = [
    {
      name: 'with the call on its way, which gets lost',
      reach: ({ relay }) => relay.hold('Request', route.disable),
      atKill: none,
      inTheEnd: disabledOnce,
      isGone: true,
    },
    {
      name: 'with the call in force and unanswered',
      reach: ({ relay }) => relay.hold('Answer', route.disable),
      atKill: disabledOnce,
      inTheEnd: disabledOnce,
      isGone: true,
    },
    {
      name: 'while S3 containers restart',
      reach(site) {
        site.weka.setKnobs({ restartMilliseconds: 3_000 })
        return onceChanged(site, route.readiness)
      },
      atKill: disabledOnce,
      inTheEnd: disabledOnce,
      isGone: true,
    },
    {
      name: 'before the finalizer was taken off',
      reach: (site) => refused(site, undefined),
      atKill: disabledOnce,
      inTheEnd: disabledOnce,
      isGone: true,
    },
  ]
  let results: readonly Result[]
  sceneOf(moments, async (scene) => {
    await settle(scene)
    results = await killAt(moments, scene, {
      user,
      withheld: { verb: 'patch', resource: 's3auditwebhooks' },
      change: () => scene.world.kubectl('delete', 's3auditwebhooks', '--all', '--wait=false'),
    })
  })

  test.each(numbered(moments))('$name', ({ index, atKill, inTheEnd }) => {
    expect(results[index]).toMatchObject({ atKill, inTheEnd, webhook: { enabled: false } })
  })
})

describe('killed at any moment of the two seconds after a rotation', () => {
  const rounds = 4
  const span = 2_000
  // About as long as the span: the target is asked, the call takes effect, containers come back, the status is written.
  const knobs = { latencyMilliseconds: 40, changeLatencyMilliseconds: 150, restartMilliseconds: 700 }
  const openedScene = sceneOf(
    Array.from({ length: 4 }, () => ({ knobs })),
    settle,
  )

  test('the operator puts every new token in force, each by one enable', async () => {
    const scene = openedScene()
    const { sites } = scene
    const random = seededRandom(20_261_105)
    const inForceAtKill: boolean[] = []
    for (let round = 0; round < rounds; round++) {
      const before = sites.map(({ weka }) => weka.counters().enables)
      // One kill is another moment for each site. Every part of the span has its turn.
      const rotations = sites.map(async (site, index) => {
        const part = index * rounds + ((round + index) % rounds)
        await sleep((span * (part + random())) / (rounds * sites.length))
        await scene.rotate(site)
      })
      await Promise.all([...rotations, sleep(span)])
      await scene.kill()
      inForceAtKill.push(...sites.map(({ weka }, index) => weka.counters().enables > (before[index] ?? 0)))
      await scene.start()
      await scene.settled()
      expect(sites.map(({ weka }, index) => weka.counters().enables - (before[index] ?? 0))).toEqual(sites.map(() => 1))
      expect(sites.map(({ weka }) => weka.webhook())).toEqual(
        sites.map((site) => ({
          endpoint: hec.url('raw').href,
          authToken: `Splunk ${scene.token(site)}`,
          enabled: true,
        })),
      )
    }
    // Else the kills came all before or all after what matters.
    expect(new Set(inForceAtKill)).toEqual(new Set([true, false]))
    // Each round starts an operator, which compiles for seconds, and waits for four changes.
  }, 120_000)
})

test('the log of all these operators holds no token and no password, and none of them crashed', async () => {
  const log = await readFile(logPath, 'utf8')
  expect(log.match(/"msg":"Operator started"/g)?.length).toBeGreaterThan(8)
  expect(log).not.toContain('canary')
  expect(log).not.toContain(sitePassword)
  expect(log).not.toMatch(/Uncaught exception|Unhandled rejection|Operator failed/)
})

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
