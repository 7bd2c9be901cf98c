import { ApiError } from './api-error.ts'
import { asObject } from './object-schema.ts'
import { apiVersionOf, type KubernetesObject, type ObjectName, resourcePath, type ResourceType } from './resource.ts'
import type { RestClient } from './rest-client.ts'

export interface ApplyOptions {
  /** Owns the fields that are applied: one fixed name per purpose. */
  readonly fieldManager: string
  readonly signal: AbortSignal
}

/** `metadata` holds what is to be applied: `uid` makes it an object that must exist, labels and finalizers become owned. */
export interface AppliedObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string } & Readonly<
    Record<string, unknown>
  >
  readonly [field: string]: unknown
}

/**
 * Server-side apply by force. The field manager owns exactly what is applied: fields are taken over from other managers, and what it
 * applied earlier and leaves out now is removed, unless another manager owns it too. Creates the object when it does not exist, so an
 * apply to an existing one, of a finalizer for instance, carries `metadata.uid`: when that object was deleted, or another one took its
 * name, it then is a 409 Conflict.
 * `apiVersion` and `kind` are those of `type`.
 * @throws what `RestClient.request` throws.
 */
export async function applyObject<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  object: AppliedObject,
  options: ApplyOptions & { readonly subresource?: string },
): Promise<T> {
  const { fieldManager, signal, subresource } = options
  const { name, namespace = '' } = object.metadata
  const path = resourcePath(type, { namespace, name, subresource })
  const answer = await client
    .request({
      method: 'PATCH',
      path,
      query: { fieldManager, force: true },
      body: { ...object, apiVersion: apiVersionOf(type), kind: type.kind },
      // JSON is YAML, and this name is the one that all servers know.
      contentType: 'application/apply-patch+yaml',
      signal,
    })
    .catch((error: unknown) => {
      throw isForeignUid(error) ? uidConflict(path) : error
    })
  return asObject(answer, path) as T
}

/**
 * Applies the whole status of an existing object by force: conditions that are left out vanish. It never creates: without the object
 * it is a 404.
 * @param target.uid the API server does not look at it here. When the answer shows that another object has taken the name this throws
 * a 409 Conflict: the status went to that one, whose own pass puts it right.
 */
export async function applyStatus<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  target: { readonly name: ObjectName; readonly status: object; readonly uid?: string },
  options: ApplyOptions,
): Promise<T> {
  const { name, status, uid } = target
  const metadata = { name: name.name, ...(name.namespace === '' ? {} : { namespace: name.namespace }) }
  const applied = await applyObject<T>(client, type, { metadata, status }, { ...options, subresource: 'status' })
  if (uid !== undefined && applied.metadata.uid !== uid) throw uidConflict(resourcePath(type, name))
  return applied
}

/** To an object that exists the API server calls another uid invalid, to one that does not a conflict: one mistake, one answer. */
function isForeignUid(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status === 422 &&
    error.details?.causes?.some(({ field }) => field === 'metadata.uid') === true
  )
}

function uidConflict(path: string): ApiError {
  return new ApiError({ status: 409, reason: 'Conflict', message: `${path}: another object has taken the name` })
}
