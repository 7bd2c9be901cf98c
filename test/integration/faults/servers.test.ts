import { beforeAll, expect, onTestFinished, test } from 'vitest'

import { isNotFound } from '../../../src/kube/api-error.ts'
import { createObject, deleteObject, listObjects } from '../../../src/kube/objects.ts'
import type { ResourceType } from '../../../src/kube/resource.ts'
import type { RestClient } from '../../../src/kube/rest-client.ts'
import { type ControlPlane, startControlPlane } from '../../control-plane/control-plane.ts'
import { installDefinitions } from '../../control-plane/install-definitions.ts'
import { startHecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { createPacedClock, type PacedClock } from '../../support/paced-clock.ts'
import { startOperatorUnderTest } from '../operator/operator-under-test.ts'
import { hecToken, wekaReferences, wekaUser, wekaWebhook } from '../operator/weka-resources.ts'
import { createWorld } from '../operator/world.ts'
import { churn, seeded } from '../runtime/churn.ts'
import { loadKubeConfig, makeNamespace } from '../runtime/setup.ts'
import type { ServerFault } from './fault-names.ts'
import { connectDirectly, type Follower, startFollower } from './follower.ts'

const gadgets: ResourceType = {
  group: 'faults.test',
  version: 'v1',
  plural: 'gadgets',
  kind: 'Gadget',
  namespaced: true,
}
const definitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}
const { signal } = new AbortController()

let controlPlane: ControlPlane

beforeAll(async () => {
  controlPlane = await startControlPlane()
  return () => controlPlane[Symbol.asyncDispose]()
})

/** Followers over both protocols, which end with the test. */
async function followers(
  namespace: string,
  type?: ResourceType,
): Promise<{ all: readonly Follower[]; clock: PacedClock }> {
  const clock = createPacedClock()
  const kubeConfig = loadKubeConfig(controlPlane.kubeconfigPath)
  const all = [true, false].map((allowHttp2) =>
    startFollower({ kubeConfig, allowHttp2, namespace, clock, ...(type === undefined ? {} : { type }) }),
  )
  for (const follower of all) onTestFinished(() => follower[Symbol.asyncDispose]())
  for (const { informer } of all) await informer.waitForSync(AbortSignal.timeout(20_000))
  return { all, clock }
}

function direct(): RestClient {
  const client = connectDirectly(loadKubeConfig(controlPlane.kubeconfigPath))
  onTestFinished(() => client[Symbol.asyncDispose]())
  return client
}

const definition = 'a definition is deleted and created again' satisfies ServerFault

const restarts: Readonly<Record<Exclude<ServerFault, typeof definition>, () => Promise<void>>> = {
  'etcd is restarted': () => controlPlane.restartEtcd(),
  'the API server is restarted': () => controlPlane.restartApiServer('SIGKILL'),
}

test.each(Object.entries(restarts))('when %s caches catch up', async (_name, restart) => {
  const client = direct()
  const namespace = await makeNamespace(client)
  await churn(client, namespace, 200, seeded(1))
  const { all, clock } = await followers(namespace)
  clock.pace(10)
  const before = all.map((follower) => follower.exchanges())
  const startedAt = clock.monotonic()
  await restart()
  // Delays double from 0.8 s to 30 s, a watch that breaks at once is tried twice, and in the end there may be a list.
  const watches = 7 + Math.max(0, clock.monotonic() - startedAt - 50_000) / 30_000
  for (const [index, follower] of all.entries()) {
    expect(follower.exchanges() - (before[index] ?? 0)).toBeLessThanOrEqual(2 * watches + 2)
  }
  await churn(client, namespace, 200, seeded(2))
  for (const follower of all) await follower.converges(client, 90_000)
})

test(`when ${definition} caches catch up`, async () => {
  const client = direct()
  const namespace = await makeNamespace(client)
  const create = async (names: readonly string[]): Promise<void> => {
    await createObject(client, definitions, gadgetDefinition, { signal })
    await eventually('gadgets are served', async () => {
      await listObjects(client, gadgets, namespace, { signal })
      return true
    })
    for (const name of names) await createObject(client, gadgets, { metadata: { name, namespace } }, { signal })
  }
  await create(['a', 'b', 'c'])
  const { all, clock } = await followers(namespace, gadgets)
  const before = all.map((follower) => follower.exchanges())
  await deleteObject(client, definitions, { namespace: '', name: 'gadgets.faults.test' }, { signal })
  await eventually('gadgets are gone', async () => {
    const failure: unknown = await listObjects(client, gadgets, namespace, { signal }).catch((error: unknown) => error)
    return isNotFound(failure) || undefined
  })
  clock.pace(20)
  await new Promise<void>((resolve) => void clock.timer(60_000, resolve))
  for (const [index, follower] of all.entries()) {
    expect(follower.informer.store.list()).toEqual([])
    // By delays that double from 0.8 s, the watch that went on and its end.
    expect(follower.exchanges() - (before[index] ?? 0)).toBeLessThanOrEqual(20)
  }
  clock.pace(10)
  await create(['b', 'c', 'd'])
  for (const follower of all) await follower.converges(client, 90_000)
})

test(`when ${definition} a running operator goes on and works off what is created then`, async () => {
  await using stack = new AsyncDisposableStack()
  const weka = stack.use(await startWekaSimulator({ users: [wekaUser], knobs: { restartMilliseconds: 0 } }))
  const hec = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token: hecToken }] }))
  await installDefinitions(controlPlane)
  const { kubeconfigPath } = controlPlane
  const operator = stack.use(startOperatorUnderTest({ kubeconfigPath, clock: createFastClock(20) }))
  const world = await createWorld(controlPlane)
  const apply = async (): Promise<void> => {
    await world.apply(...wekaReferences(world, { weka, hec }), wekaWebhook(world, hec, {}, 'audit'))
    await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
    expect(weka.webhook()).toMatchObject({ endpoint: hec.url('raw').href, enabled: true })
  }
  await apply()
  const names = ['s3auditwebhooks.s3audit.dev', 's3clusters.s3audit.dev']
  await world.kubectl('delete', 'customresourcedefinition', ...names, '--timeout=30s')
  // Deleting a definition deletes its objects, which the operator finalizes.
  expect(weka.webhook()).toMatchObject({ enabled: false })
  const missed = ['s3auditwebhooks', 's3clusters'].map(
    (plural) => `/${plural} at ${new URL(controlPlane.server).host}: the answer was 404`,
  )
  await eventually('the operator misses them', () => missed.every((text) => operator.log().includes(text)) || undefined)
  await installDefinitions(controlPlane)
  await apply()
})

const gadgetDefinition = {
  metadata: { name: 'gadgets.faults.test' },
  spec: {
    group: 'faults.test',
    scope: 'Namespaced',
    names: { plural: 'gadgets', kind: 'Gadget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
}
