import { z } from 'zod'

import { isNotFound } from './api-error.ts'
import type { Clock } from './clock.ts'
import { expectAnswer } from './expect-answer.ts'
import { microTime } from './micro-time.ts'
import { createObject, getObject } from './objects.ts'
import { type KubernetesObject, type ObjectName, resourcePath, type ResourceType } from './resource.ts'
import type { RestClient } from './rest-client.ts'

export const leaseType: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
}

/** What the API server has; passed back in a change, so that fields of others stay and nothing is changed unseen. */
export interface Lease extends KubernetesObject {
  readonly spec: LeaseSpec
}

export interface LeaseSpec {
  /** Empty or absent: nobody. */
  readonly holderIdentity?: string | null | undefined
  readonly leaseDurationSeconds?: number | null | undefined
  readonly leaseTransitions?: number | null | undefined
  readonly acquireTime?: string | null | undefined
  readonly renewTime?: string | null | undefined
}

/** One Lease object. All throw what `RestClient.request` throws, and ApiUnreachableError (InvalidResponse) for what is no Lease. */
export interface LeaseLock {
  /** Undefined when there is none. */
  read(signal: AbortSignal): Promise<Lease | undefined>
  /**
   * Takes or renews it, or makes it when there was none.
   * @throws ApiError Conflict when it is no longer as `seen`, AlreadyExists when somebody else made it.
   */
  hold(seen: Lease | undefined, signal: AbortSignal): Promise<Lease>
  /** Changes it otherwise. @throws ApiError Conflict when it is no longer as `seen`. */
  update(seen: Lease, change: LeaseSpec, signal: AbortSignal): Promise<Lease>
}

/** A wrong type here is no state to judge by: it counts as no answer. */
const leaseSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z
    .looseObject({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().positive().nullish(),
      leaseTransitions: z.number().nonnegative().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
    })
    .nullish()
    .transform((spec) => spec ?? {}),
})

/** Changes carry the resourceVersion that was read: of two who write at once the API server lets one through. */
export function createLeaseLock(options: {
  readonly client: RestClient
  readonly name: ObjectName
  readonly identity: string
  readonly leaseMilliseconds: number
  readonly clock: Clock
}): LeaseLock {
  const { client, name, identity, clock } = options
  const leaseDurationSeconds = options.leaseMilliseconds / 1000
  const path = resourcePath(leaseType, name)
  const asLease = (answer: unknown): Lease => expectAnswer(leaseSchema, answer, path, 'Lease')

  async function update(seen: Lease, change: LeaseSpec, signal: AbortSignal): Promise<Lease> {
    const body = { ...seen, spec: { ...seen.spec, ...change } }
    return asLease(await client.request({ method: 'PUT', path, body, signal }))
  }

  return {
    async read(signal) {
      try {
        return asLease(await getObject(client, leaseType, name, { signal }))
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    async hold(seen, signal) {
      const time = microTime(clock.now())
      const renewed = { holderIdentity: identity, leaseDurationSeconds, renewTime: time }
      if (seen?.spec.holderIdentity === identity) return await update(seen, renewed, signal)
      const leaseTransitions = seen === undefined ? 0 : (seen.spec.leaseTransitions ?? 0) + 1
      const taken = { ...renewed, acquireTime: time, leaseTransitions }
      if (seen !== undefined) return await update(seen, taken, signal)
      return asLease(await createObject<Lease>(client, leaseType, { metadata: name, spec: taken }, { signal }))
    },
    update,
  }
}

/** Of a lease that was given up, so that others need not wait. In client-go's form: a second is the least that the API takes. */
export function releasedSpec(milliseconds: number): LeaseSpec {
  const time = microTime(milliseconds)
  return { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time }
}
