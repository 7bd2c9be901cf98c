import { isConflict, isNotFound } from '../kube/api-error.ts'
import { applyObject } from '../kube/apply.ts'
import { apiVersionOf, type KubernetesObject, type ResourceType } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'
import { fieldManager } from './status-writer.ts'

/** Finalizers have a field manager of their own, so that applying the status never drops them. */
const finalizerManager = `${fieldManager}-finalizer`

/**
 * Adds or removes our finalizer by server-side apply; writes nothing when it is as wanted. The apply names the uid, so that it can
 * never create an object anew that was deleted meanwhile; an object that is gone has no finalizer, which is all that was asked.
 * Never added to an object in deletion: the API server refuses that.
 * @throws ApiError
 */
export async function setFinalizer(
  client: RestClient,
  type: ResourceType,
  object: KubernetesObject,
  options: { readonly finalizer: string; readonly present: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { finalizer, present, signal } = options
  const { name, namespace, uid, finalizers = [], deletionTimestamp } = object.metadata
  if (finalizers.includes(finalizer) === present || (present && deletionTimestamp !== undefined)) return
  try {
    await applyObject(
      client,
      type,
      {
        apiVersion: apiVersionOf(type),
        kind: type.kind,
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          ...(uid === undefined ? {} : { uid }),
          ...(present ? { finalizers: [finalizer] } : {}),
        },
      },
      { fieldManager: finalizerManager, signal },
    )
  } catch (error) {
    if (!present && (isNotFound(error) || isConflict(error))) return
    throw error
  }
}
