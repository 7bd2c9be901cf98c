import { isNotFound } from '../kube/api-error.ts'
import type { Clock } from '../kube/clock.ts'
import { listObjects, mergePatchObject } from '../kube/objects.ts'
import { type KubernetesObject, objectName } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'
import { sleep } from '../kube/sleep.ts'
import { describeResource, type HeldResource, heldKinds } from './held-resource.ts'
import { backOff, mayPass } from './try-again.ts'

export interface ReleaseOptions {
  readonly client: RestClient
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[]
  readonly clock: Clock
  readonly random: () => number
  /** Told of each resource when its finalizer was taken off; again only when somebody had put it back. */
  readonly onRelease: (held: HeldResource) => void
  /** Ends it with what is left. */
  readonly signal: AbortSignal
}

/** A resource that is still held, and why. */
export interface Unreleased {
  readonly held: HeldResource
  readonly problem: string
}

/** Patches at a time. */
const workers = 8
/** For an operator that still works to put back what was taken off. */
const settleMilliseconds = 1000
/** Who puts it back so often goes on doing so. */
const maximumReleases = 5

/**
 * Takes our finalizers off until a look a second later finds none: what others put back meanwhile is taken off too, five times at
 * most. Conflicts, 429, 5xx and answers that do not come are tried again with growing delays until the signal aborts. Kinds that the
 * API server does not have hold nothing.
 * @returns what is left; empty when all is done.
 * @throws ApiError when a list is refused; the signal's reason when it aborts before anything was listed.
 */
export async function releaseResources(options: ReleaseOptions): Promise<readonly Unreleased[]> {
  const { clock, signal } = options
  const releases = new Map<string, number>()
  let left: readonly Unreleased[] | undefined
  let failures = 0
  try {
    for (;;) {
      try {
        const held = await listHeld(options)
        if (held.length === 0) return []
        left = held.map((one) => ({ held: one, problem: 'there was no time left' }))
        const tries = await releaseAll(held, options)
        for (const { held: one } of tries.filter(({ outcome }) => outcome === 'Released')) {
          const key = describeResource(one)
          releases.set(key, (releases.get(key) ?? 0) + 1)
        }
        const putBack = held.filter((one) => (releases.get(describeResource(one)) ?? 0) > 1)
        left = [...tries.flatMap(asUnreleased), ...putBack.map((one) => ({ held: one, problem: wasPutBack }))]
        if (putBack.some((one) => releases.get(describeResource(one)) === maximumReleases)) return left
        if (tries.some(({ outcome }) => outcome === 'Refused') && !tries.some(({ outcome }) => outcome === 'Failed')) {
          return left
        }
        failures = tries.some(({ outcome }) => outcome === 'Failed') ? failures + 1 : 0
      } catch (error) {
        if (signal.aborted || !mayPass(error)) throw error
        failures++
      }
      await (failures === 0 ? sleep(clock, settleMilliseconds, signal) : backOff(failures, options))
    }
  } catch (error) {
    if (signal.aborted && left !== undefined) return left
    throw error
  }
}

const wasPutBack = 'it was put back, so an operator still works on it'

interface Try {
  readonly held: HeldResource
  /** `Failed` may pass, `Refused` does not. */
  readonly outcome: 'Released' | 'Failed' | 'Refused'
  readonly message: string
}

function asUnreleased({ held, outcome, message }: Try): readonly Unreleased[] {
  return outcome === 'Released' ? [] : [{ held, problem: message }]
}

async function listHeld({ client, namespaces, signal }: ReleaseOptions): Promise<readonly HeldResource[]> {
  const found: HeldResource[] = []
  for (const kind of heldKinds) {
    for (const namespace of namespaces.length === 0 ? [''] : namespaces) {
      const items = await listObjects<KubernetesObject>(client, kind.type, namespace, { signal }).then(
        (list) => list.items,
        (error: unknown) => {
          if (isNotFound(error)) return []
          throw error
        },
      )
      const held = items.filter(({ metadata }) => metadata.finalizers?.includes(kind.finalizer) === true)
      found.push(...held.map((object) => ({ ...kind, object })))
    }
  }
  return found
}

async function releaseAll(held: readonly HeldResource[], options: ReleaseOptions): Promise<readonly Try[]> {
  const waiting = [...held]
  const tries: Try[] = []
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      tries.push(await release(next, options))
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return tries
}

/** Whoever set it, and whatever other finalizers there are: these stay. The version keeps a change meanwhile from being undone. */
async function release(held: HeldResource, { client, onRelease, signal }: ReleaseOptions): Promise<Try> {
  const { type, finalizer, object } = held
  const { finalizers = [], resourceVersion } = object.metadata
  const metadata = { resourceVersion, finalizers: finalizers.filter((other) => other !== finalizer) }
  try {
    await mergePatchObject(client, type, objectName(object), { metadata }, { signal })
  } catch (error) {
    signal.throwIfAborted()
    const message = error instanceof Error ? error.message : 'an unknown error'
    if (!isNotFound(error)) return { held, outcome: mayPass(error) ? 'Failed' : 'Refused', message }
  }
  onRelease(held)
  return { held, outcome: 'Released', message: '' }
}
