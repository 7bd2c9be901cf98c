import type { KubernetesObject, ObjectName, ResourceType } from './resource.ts'
import type { RestClient } from './rest-client.ts'

export interface CallOptions {
  readonly signal: AbortSignal
}

export interface ObjectList<T> {
  readonly items: readonly T[]
  /** Of the whole list; a watch can start from it. */
  readonly resourceVersion: string
}

export interface ListOptions extends CallOptions {
  readonly fieldSelector?: string
  readonly labelSelector?: string
  /** Only `metadata` is asked for (PartialObjectMetadata). */
  readonly metadataOnly?: boolean
}

export declare function getObject<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  name: ObjectName,
  options: CallOptions,
): Promise<T>
/** All pages. `namespace` empty: all namespaces. */
export declare function listObjects<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  namespace: string,
  options: ListOptions,
): Promise<ObjectList<T>>
export declare function createObject<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  object: T,
  options: CallOptions,
): Promise<T>
export declare function deleteObject(
  client: RestClient,
  type: ResourceType,
  name: ObjectName,
  options: CallOptions & { readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } },
): Promise<void>
export declare function mergePatchObject<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  name: ObjectName,
  patch: object,
  options: CallOptions & { readonly subresource?: string },
): Promise<T>
