import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { describe, expect, test } from 'vitest'

import { abortable } from '../../../src/kube/abortable.ts'
import { createObject, mergePatchObject } from '../../../src/kube/objects.ts'
import { type KubernetesObject, objectKey } from '../../../src/kube/resource.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { eventually } from '../../support/eventually.ts'
import { createPacedClock } from '../../support/paced-clock.ts'
import { configMaps, loadKubeConfig, makeNamespace } from '../runtime/setup.ts'
import { type ProxyFault, startFaultProxy } from './fault-proxy.ts'
import { connectDirectly, portOf, startFollower, throughPort } from './follower.ts'

const cuts = 200
/** Caches of code and of TLS sessions fill up at first. */
const cutsBefore = 30
const ways: readonly ProxyFault[] = [{ kind: 'cut' }, { kind: 'reset', afterBytes: () => 10 }, { kind: 'refuse' }]
/** What 200 sockets with their TLS state would take is some tens of megabytes. */
const allowedBytes = 4 * 1024 * 1024

describe.each([
  { protocol: 'HTTP/2', allowHttp2: true },
  { protocol: 'HTTP/1.1', allowHttp2: false },
])('over $protocol', ({ allowHttp2 }) => {
  test('two hundred cut connections leave no memory, sockets or timers behind', { timeout: 120_000 }, async () => {
    const kubeConfig = loadKubeConfig((await sharedControlPlane()).kubeconfigPath)
    await using stack = new AsyncDisposableStack()
    const direct = stack.use(connectDirectly(kubeConfig))
    const namespace = await makeNamespace(direct)
    const name = { namespace, name: 'changing' }
    await createObject(direct, configMaps, { metadata: name }, { signal: AbortSignal.timeout(20_000) })
    const proxy = stack.use(await startFaultProxy(portOf(kubeConfig)))
    const resourcesBefore = resources()

    const clock = createPacedClock()
    const clientClock = createPacedClock()
    clock.pace(200)
    const follower = stack.use(
      startFollower({ kubeConfig: throughPort(kubeConfig, proxy.port), allowHttp2, namespace, clock, clientClock }),
    )
    await follower.informer.waitForSync(AbortSignal.timeout(20_000))
    /** Waits for the change that brings the cache there. */
    const sees = async ({ metadata: { resourceVersion } }: KubernetesObject): Promise<void> => {
      const seen = Promise.withResolvers<void>()
      const look = (): void => {
        const known = follower.informer.store.get(objectKey(name))?.metadata.resourceVersion
        if (known === resourceVersion) seen.resolve()
      }
      using _watching = follower.informer.onChange(look)
      look()
      await abortable(seen.promise, AbortSignal.timeout(20_000))
    }
    const cut = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        await proxy.fail(ways[i % ways.length] ?? { kind: 'cut' })
        const data = { value: String(i) }
        const changed = await mergePatchObject(
          direct,
          configMaps,
          name,
          { data },
          { signal: AbortSignal.timeout(20_000) },
        )
        await proxy.heal()
        await sees(changed)
      }
    }
    await cut(cutsBefore)
    const bytesBefore = await heapBytes()
    await cut(cuts)
    const grown = (await heapBytes()) - bytesBefore
    expect(grown).toBeLessThan(allowedBytes)
    expect(proxy.open()).toBeLessThanOrEqual(3)
    expect(follower.ends.length).toBeGreaterThanOrEqual(cuts)

    clock.pace(10)
    await follower.converges(direct, 90_000)
    await follower[Symbol.asyncDispose]()
    expect([clock.pending(), clientClock.pending()]).toEqual([0, 0])
    await eventually('all connections are closed', () => proxy.open() === 0 || undefined)
    await eventually(`resources are those of before: ${JSON.stringify(resourcesBefore)}`, () => {
      const now = resources()
      if (Object.entries(now).every(([kind, count]) => count <= (resourcesBefore[kind] ?? 0))) return true
      throw new Error(`they are ${JSON.stringify(now)}`)
    })
  })
})

/** How many handles of each kind keep this process alive. */
function resources(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** In use after a full collection. */
async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What sockets hold goes when their close events are done.
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  return process.memoryUsage().heapUsed
}
