import { isNotFound } from '../../../src/kube/api-error.ts'
import type { Change, Informer } from '../../../src/kube/informer.ts'
import { createObject, deleteObject, mergePatchObject } from '../../../src/kube/objects.ts'
import { type KubernetesObject, objectKey, objectName, type ResourceType } from '../../../src/kube/resource.ts'
import type { RestClient } from '../../../src/kube/rest-client.ts'

const configMaps: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }
const { signal } = new AbortController()

/** A small generator with a seed (mulberry32): a failure can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Creates, updates and deletes ConfigMaps of a thousand names at random, sixteen calls at a time. */
export async function churn(
  client: RestClient,
  namespace: string,
  operations: number,
  random: () => number,
): Promise<void> {
  const busy = new Set<string>()
  let left = operations
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const name = `object-${Math.floor(random() * 1000)}`
      const choice = random()
      if (busy.has(name)) continue
      busy.add(name)
      const data = { value: String(random()) }
      const object = { metadata: { name, namespace }, data }
      try {
        if (choice < 0.2) await deleteObject(client, configMaps, { namespace, name }, { signal })
        else await mergePatchObject(client, configMaps, { namespace, name }, { data }, { signal })
      } catch (error) {
        if (!isNotFound(error)) throw error
        await createObject(client, configMaps, object, { signal })
      }
      busy.delete(name)
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}

/** What a follower of the changes believes; every change must fit to what it believed before. */
export function follow(informer: Informer<KubernetesObject>): { state: Map<string, string>; misfits: string[] } {
  const state = new Map<string, string>()
  const misfits: string[] = []
  informer.onChange(({ type, object, previous }: Change<KubernetesObject>) => {
    const key = objectKey(objectName(object))
    const known = state.get(key)
    const now = `${object.metadata.uid} ${object.metadata.resourceVersion}`
    const fits =
      type === 'Added'
        ? known === undefined
        : type === 'Deleted'
          ? known !== undefined
          : known !== now && known === `${previous?.metadata.uid} ${previous?.metadata.resourceVersion}`
    if (!fits) misfits.push(`${type} ${key}: ${known} -> ${now}`)
    if (type === 'Deleted') state.delete(key)
    else state.set(key, now)
  })
  return { state, misfits }
}

/** In the order of their keys. */
export const sorted = (objects: Iterable<[string, string]>): [string, string][] =>
  [...objects].sort(([a], [b]) => (a < b ? -1 : 1))
/** Key, uid and resourceVersion of each object: two equal lists are the same state of the same objects. */
export const identity = (objects: readonly KubernetesObject[]): [string, string][] =>
  sorted(
    objects.map((object) => [
      objectKey(objectName(object)),
      `${object.metadata.uid} ${object.metadata.resourceVersion}`,
    ]),
  )
