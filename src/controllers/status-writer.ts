import { isDeepStrictEqual } from 'node:util'

import { applyStatus } from '../kube/apply.ts'
import { objectKey, type KubernetesObject, type ResourceType } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'

/** The one field manager of everything this operator applies. */
export const fieldManager = 's3-audit-operator'

type Resource<Status> = KubernetesObject & { readonly status?: Status }

/** Writes statuses of one kind, and only when they differ. */
export interface StatusWriter<Status> {
  /**
   * The newest status known: what was written last, until the cache has seen that write. A pass that started from a stale cache
   * would otherwise take back what the last one found out.
   */
  current(object: Resource<Status>): Status | undefined
  /** Applies `next` unless it equals the current status. @returns whether it was written. @throws ApiError */
  write(object: Resource<Status>, next: Status, options: { readonly signal: AbortSignal }): Promise<boolean>
  forget(key: string): void
}

export function createStatusWriter<Status extends object>(options: {
  readonly client: RestClient
  readonly type: ResourceType
}): StatusWriter<Status> {
  const { client, type } = options
  const written = new Map<string, { readonly resourceVersion: string; readonly uid: string; readonly status: Status }>()

  function current(object: Resource<Status>): Status | undefined {
    const key = objectKey(nameOf(object))
    const held = written.get(key)
    if (held === undefined) return object.status
    if (held.uid === object.metadata.uid && isOlder(object.metadata.resourceVersion, held.resourceVersion))
      return held.status
    written.delete(key)
    return object.status
  }

  return {
    current,
    async write(object, next, { signal }) {
      if (isDeepStrictEqual(plain(next), plain(current(object)))) return false
      const { uid } = object.metadata
      const applied = await applyStatus(
        client,
        type,
        { name: nameOf(object), status: next, ...(uid === undefined ? {} : { uid }) },
        { fieldManager, signal },
      )
      written.set(objectKey(nameOf(object)), {
        resourceVersion: applied.metadata.resourceVersion ?? '',
        uid: uid ?? '',
        status: next,
      })
      return true
    },
    forget: (key) => void written.delete(key),
  }
}

function nameOf(object: KubernetesObject): { namespace: string; name: string } {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name }
}

/** As JSON carries it: an absent field and an undefined one are the same. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

/** Resource versions of one resource are comparable decimal numbers of any length (KEP-5504). */
function isOlder(version: string | undefined, than: string): boolean {
  if (version === undefined) return true
  return version.length === than.length ? version < than : version.length < than.length
}
