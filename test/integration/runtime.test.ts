import { randomUUID } from 'node:crypto'

import { KubeConfig } from '@kubernetes/client-node'
import { beforeAll, describe, expect, test } from 'vitest'

import { applyObject } from '../../src/kube/apply.ts'
import { systemClock } from '../../src/kube/clock.ts'
import { createController } from '../../src/kube/controller.ts'
import { createInformer } from '../../src/kube/informer.ts'
import { createObject, deleteObject, listObjects, mergePatchObject } from '../../src/kube/objects.ts'
import { type KubernetesObject, objectKey, objectName } from '../../src/kube/resource.ts'
import type { RestClient, RestStreamRequest } from '../../src/kube/rest-client.ts'
import { createWorkQueue } from '../../src/kube/work-queue.ts'
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts'
import { noMetrics } from '../support/no-metrics.ts'
import { startBreakingRelay } from './runtime/breaking-relay.ts'
import { churn, follow, identity, seeded, sorted } from './runtime/churn.ts'
import { configMaps, connect, core, loadKubeConfig, makeNamespace, silent, start } from './runtime/setup.ts'

const { signal } = new AbortController()

let controlPlane: ControlPlane
const kubeConfig = (): KubeConfig => loadKubeConfig(controlPlane.kubeconfigPath)

beforeAll(async () => {
  controlPlane = await startControlPlane()
  return () => controlPlane[Symbol.asyncDispose]()
})

describe.each([
  { name: 'HTTP/2', allowHttp2: true, seed: 1 },
  { name: 'HTTP/1.1', allowHttp2: false, seed: 2 },
])('over $name', ({ allowHttp2, seed }) => {
  test('an informer follows a thousand objects through churn and a restart of the API server', async () => {
    const client = connect(kubeConfig(), { allowHttp2 })
    const namespace = await makeNamespace(client)
    const asked: string[] = []
    const watching: RestClient = {
      ...client,
      stream: (request: RestStreamRequest) => {
        asked.push(request.query?.['sendInitialEvents'] === true ? 'list' : 'watch')
        return client.stream(request)
      },
    }
    const ends: string[] = []
    const informer = createInformer({
      client: watching,
      type: configMaps,
      namespaces: [namespace],
      clock: systemClock,
      random: Math.random,
      logger: silent,
      metrics: { ...noMetrics, watchEnded: (_resource, reason) => ends.push(reason) },
    })
    const { state, misfits } = follow(informer)
    const random = seeded(seed)

    await churn(client, namespace, 1000, random)
    start(informer)
    await informer.waitForSync(AbortSignal.timeout(20_000))
    expect(asked).toEqual(['list'])
    await churn(client, namespace, 500, random)

    await controlPlane.restartApiServer('SIGKILL')
    await churn(client, namespace, 1000, random)

    const { items } = await listObjects(client, configMaps, namespace, { signal })
    await expect.poll(() => identity(informer.store.list()), { timeout: 30_000 }).toEqual(identity(items))
    expect(sorted(state)).toEqual(identity(items))
    expect(misfits).toEqual([])
    expect(items.length).toBeGreaterThan(500)
    expect(informer.isFresh()).toBe(true)
    expect(ends.length).toBeGreaterThan(0)
    // Thousands of requests, one after the other, and a start of the API server.
  }, 120_000)

  test('an informer follows through connections that break all the time', async () => {
    const client = connect(kubeConfig(), { allowHttp2 })
    const namespace = await makeNamespace(client)
    const direct = kubeConfig()
    const cluster = direct.getCurrentCluster() ?? expect.fail('no cluster')
    const url = new URL(cluster.server)
    using relay = await startBreakingRelay(Number(url.port))
    url.port = String(relay.port)
    const relayed = new KubeConfig()
    relayed.loadFromClusterAndUser({ ...cluster, server: url.href }, direct.getCurrentUser() ?? { name: 'nobody' })
    const ends: string[] = []
    const informer = createInformer({
      client: connect(relayed, { allowHttp2 }),
      type: configMaps,
      namespaces: [namespace],
      clock: systemClock,
      // No jitter and hardly a delay: a watch is opened as often as can be.
      random: () => 0,
      logger: silent,
      metrics: { ...noMetrics, watchEnded: (_resource, reason) => ends.push(reason) },
    })
    const { state, misfits } = follow(informer)
    start(informer)
    await informer.waitForSync(AbortSignal.timeout(20_000))
    const breaking = setInterval(() => relay.cut(), 600)
    const random = seeded(seed)
    do await churn(client, namespace, 1000, random)
    while (ends.length < 3)
    clearInterval(breaking)

    const { items } = await listObjects(client, configMaps, namespace, { signal })
    await expect.poll(() => identity(informer.store.list()), { timeout: 30_000 }).toEqual(identity(items))
    expect(sorted(state)).toEqual(identity(items))
    expect(misfits).toEqual([])
    expect(ends).not.toContain('expired')
  })
})

test('a position that the API server has forgotten is followed by a list, and no change is lost', async () => {
  const client = connect(kubeConfig())
  const namespace = await makeNamespace(client)
  const create = (name: string): Promise<KubernetesObject> =>
    createObject(client, configMaps, { metadata: { name, namespace } }, { signal })
  await create('before')
  const ends: string[] = []
  /** While closed, the informer cannot watch; everybody else can. */
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  const gated: RestClient = {
    ...client,
    stream: async (request: RestStreamRequest) => {
      await gate.promise
      return client.stream(request)
    },
  }
  const informer = createInformer({
    client: gated,
    type: configMaps,
    namespaces: [namespace],
    clock: systemClock,
    random: Math.random,
    logger: silent,
    metrics: { ...noMetrics, watchEnded: (_resource, reason) => ends.push(reason) },
  })
  const { state, misfits } = follow(informer)
  start(informer)
  await informer.waitForSync(AbortSignal.timeout(20_000))

  gate = Promise.withResolvers()
  await create('while-away')
  await controlPlane.restartApiServer('SIGKILL')
  await deleteObject(client, configMaps, { namespace, name: 'before' }, { signal })
  await create('after')
  // A server that starts anew remembers no changes from before its start.
  await controlPlane.restartApiServer('SIGKILL')
  gate.resolve()

  const names = (): string[] => informer.store.list().map((object) => object.metadata.name)
  await expect.poll(() => names().sort(), { timeout: 20_000 }).toEqual(expect.arrayContaining(['after']))
  expect(names()).not.toContain('before')
  expect(ends).toContain('expired')
  expect([...state.keys()].sort()).toEqual(
    names()
      .map((name) => `${namespace}/${name}`)
      .sort(),
  )
  expect(misfits).toEqual([])
})

test('Secrets can be watched without their values', async () => {
  const client = connect(kubeConfig())
  const namespace = await makeNamespace(client)
  const secret = { metadata: { name: 'token', namespace }, stringData: { token: 'sesame' } }
  await createObject(client, core('secrets', 'Secret'), secret, { signal })
  const informer = createInformer({
    client,
    type: core('secrets', 'Secret'),
    namespaces: [namespace],
    metadataOnly: true,
    fieldSelector: 'metadata.name=token',
    clock: systemClock,
    random: Math.random,
    logger: silent,
    metrics: noMetrics,
  })
  const versions: (string | undefined)[] = []
  informer.onChange(({ object }) => versions.push(object.metadata.resourceVersion))
  start(informer)
  await informer.waitForSync(AbortSignal.timeout(20_000))
  const stringData = { token: 'rotated' }
  await mergePatchObject(client, core('secrets', 'Secret'), { namespace, name: 'token' }, { stringData }, { signal })
  await expect.poll(() => versions.length).toBe(2)
  expect(new Set(versions).size).toBe(2)
  const [seen] = informer.store.list()
  expect(Object.keys(seen ?? {}).sort()).toEqual(['apiVersion', 'kind', 'metadata'])
  expect([seen?.kind, seen?.metadata.namespace]).toEqual(['Secret', namespace])
})

test('a controller brings objects to the state it wants, through conflicts of its own making', async () => {
  const client = connect(kubeConfig())
  const namespace = await makeNamespace(client)
  const informer = createInformer({
    client,
    type: configMaps,
    namespaces: [namespace],
    labelSelector: 'test=controller',
    clock: systemClock,
    random: Math.random,
    logger: silent,
    metrics: noMetrics,
  })
  const queue = createWorkQueue({ name: 'test', clock: systemClock, metrics: noMetrics })
  informer.onChange(({ object, initial }) => {
    queue.add(objectKey(objectName(object)), { priority: initial ? -100 : 0 })
  })
  let failuresLeft = 5
  const controller = createController({
    name: 'test',
    queue,
    async reconcile(name, context) {
      const object = informer.store.get(objectKey(name))
      if (object === undefined || object.metadata.annotations?.['done'] === 'yes') return {}
      if (failuresLeft-- > 0) throw new Error('not yet')
      const metadata = { ...name, uid: object.metadata.uid ?? '', annotations: { done: 'yes' } }
      await applyObject(client, configMaps, { metadata }, { fieldManager: 'controller', signal: context.signal })
      return {}
    },
    concurrency: 4,
    reconcileTimeoutMilliseconds: 10_000,
    clock: systemClock,
    logger: silent,
    metrics: noMetrics,
    newId: randomUUID,
  })
  start(informer)
  await informer.waitForSync(AbortSignal.timeout(20_000))
  const stop = new AbortController()
  const running = controller.run(stop.signal)
  for (let i = 0; i < 20; i++) {
    const metadata = { name: `object-${i}`, namespace, labels: { test: 'controller' } }
    await createObject(client, configMaps, { metadata }, { signal })
  }
  const done = async (): Promise<number> => {
    const { items } = await listObjects(client, configMaps, namespace, { signal, labelSelector: 'test=controller' })
    return items.filter((object) => object.metadata.annotations?.['done'] === 'yes').length
  }
  await expect.poll(done, { timeout: 20_000 }).toBe(20)
  stop.abort()
  await running
  queue.shutDown()
})
