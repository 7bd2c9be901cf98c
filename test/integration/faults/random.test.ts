import { randomInt } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { isNotFound } from '../../../src/kube/api-error.ts'
import { createObject, deleteObject, listObjects, mergePatchObject } from '../../../src/kube/objects.ts'
import type { RestClient } from '../../../src/kube/rest-client.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { createPacedClock } from '../../support/paced-clock.ts'
import { identity, seeded } from '../runtime/churn.ts'
import { configMaps, loadKubeConfig, makeNamespace } from '../runtime/setup.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { connectDirectly, portOf, startFollower, throughPort } from './follower.ts'

const steps = 1000
const differentNames = 100
const workers = 8
/** One step in so many comes with a reset of what is open. */
const stepsPerReset = 25

interface Step {
  readonly kind: 'write' | 'delete'
  readonly name: string
  readonly value: string
  /** Bytes from the server after which connections are reset from then on; undefined: it is as it was. */
  readonly resetAfter: number | undefined
}

/** The same for the same seed. */
function plan(seed: number): readonly Step[] {
  const random = seeded(seed)
  return Array.from({ length: steps }, () => ({
    kind: random() < 0.3 ? 'delete' : 'write',
    name: `object-${Math.floor(random() * differentNames)}`,
    value: String(random()),
    resetAfter: random() < 1 / stepsPerReset ? Math.floor(random() * 5000) : undefined,
  }))
}

/** Creates what is not there. */
async function write(client: RestClient, namespace: string, { name, value }: Step): Promise<void> {
  const signal = AbortSignal.timeout(20_000)
  const data = { value }
  try {
    await mergePatchObject(client, configMaps, { namespace, name }, { data }, { signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
    const object = { metadata: { name, namespace }, data }
    await createObject(client, configMaps, object, { signal })
  }
}

async function remove(client: RestClient, namespace: string, { name }: Step): Promise<void> {
  try {
    await deleteObject(client, configMaps, { namespace, name }, { signal: AbortSignal.timeout(20_000) })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

describe.each([
  { protocol: 'HTTP/2', allowHttp2: true },
  { protocol: 'HTTP/1.1', allowHttp2: false },
])('over $protocol', ({ allowHttp2 }) => {
  test('the cache is the server after a thousand random changes and resets at random places', async () => {
    const { S3AUDIT_TEST_SEED: given } = process.env
    const seed = given === undefined ? randomInt(2 ** 31) : Number(given)
    const told = `To repeat it, set S3AUDIT_TEST_SEED=${seed}`
    await using stack = new AsyncDisposableStack()
    const kubeConfig = loadKubeConfig((await sharedControlPlane()).kubeconfigPath)
    const direct = stack.use(connectDirectly(kubeConfig))
    const namespace = await makeNamespace(direct)
    const proxy = stack.use(await startFaultProxy(portOf(kubeConfig)))
    const clock = createPacedClock()
    const follower = stack.use(
      startFollower({ kubeConfig: throughPort(kubeConfig, proxy.port), allowHttp2, namespace, clock }),
    )
    await follower.informer.waitForSync(AbortSignal.timeout(20_000))
    clock.pace(20)

    // The changes of one name in their order; those of different names side by side.
    const todo = plan(seed)
    await Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        for (const step of todo) {
          if (Number(step.name.split('-')[1]) % workers !== worker) continue
          const { resetAfter } = step
          if (resetAfter !== undefined) await proxy.fail({ kind: 'reset', afterBytes: () => resetAfter })
          await (step.kind === 'write' ? write : remove)(direct, namespace, step)
          if (resetAfter !== undefined) await proxy.heal()
        }
      }),
    )
    await proxy.heal()

    const { items } = await listObjects(direct, configMaps, namespace, { signal: AbortSignal.timeout(20_000) })
    // What the plan leaves is what the server has, or the comparison would prove nothing.
    const last = new Map(todo.map((step) => [step.name, step]))
    const left = [...last.values()].filter(({ kind }) => kind === 'write').map(({ name }) => name)
    const names = items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('object-'))
    expect(names.sort(), told).toEqual(left.sort())
    await expect
      .poll(() => identity(follower.informer.store.list()), { timeout: 20_000, message: told })
      .toEqual(identity(items))
    expect(follower.told(), told).toEqual(identity(items))
    expect(follower.misfits, told).toEqual([])
    expect(follower.ends.length, told).toBeGreaterThan(3)
  })
})
