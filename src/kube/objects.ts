import { z } from 'zod'

import { ApiUnreachableError, isExpired } from './api-error.ts'
import { expectAnswer } from './expect-answer.ts'
import { asObject } from './object-schema.ts'
import { apiVersionOf, type KubernetesObject, type ObjectName, resourcePath, type ResourceType } from './resource.ts'
import type { RestClient } from './rest-client.ts'

/** Of the verbs of this file, which throw what `RestClient.request` throws: ApiError when the API server refuses. */
export interface CallOptions {
  readonly signal: AbortSignal
}

export interface ObjectList<T> {
  readonly items: readonly T[]
  /** Of the whole list; a watch can start from it. */
  readonly resourceVersion: string
}

export interface ListOptions extends CallOptions {
  readonly fieldSelector?: string | undefined
  readonly labelSelector?: string | undefined
  /** Only `metadata` is asked for (PartialObjectMetadata). */
  readonly metadataOnly?: boolean
}

/** Objects per page, as client-go asks for. */
const pageSize = 500
/** Half a million objects: a list that goes on has no end. */
const maximumPages = 1000

const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullish(),
})

export async function getObject<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  name: ObjectName,
  options: CallOptions,
): Promise<T> {
  const path = resourcePath(type, name)
  return asObject(await client.request({ method: 'GET', path, signal: options.signal }), path) as T
}

/**
 * All objects of `namespace`, or of all namespaces when it is empty, read page by page at one resourceVersion. When the pages
 * expire on the way the list is read anew, in one piece. Items lack `apiVersion` and `kind` for built-in types.
 * @throws ApiUnreachableError with code ResponseTooLarge after a thousand pages.
 */
export async function listObjects<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  namespace: string,
  options: ListOptions,
): Promise<ObjectList<T>> {
  const { fieldSelector, labelSelector, metadataOnly = false, signal } = options
  const path = resourcePath(type, { namespace })
  const accept = metadataOnly ? partialListAccept : 'application/json'
  const items: T[] = []
  let limit: number | undefined = pageSize
  let next: string | undefined
  for (let pages = 0; pages < maximumPages; pages++) {
    try {
      const query = { fieldSelector, labelSelector, limit, continue: next }
      const answer = await client.request({ method: 'GET', path, query, accept, signal })
      const page = expectAnswer(listSchema, answer, path, 'list')
      for (const item of page.items ?? []) items.push(asObject(item, path) as T)
      next = page.metadata.continue
      if (next === undefined || next === '') return { items, resourceVersion: page.metadata.resourceVersion }
    } catch (error) {
      if (!isExpired(error) || next === undefined) throw error
      items.length = 0
      limit = undefined
      next = undefined
    }
  }
  throw new ApiUnreachableError('ResponseTooLarge', `${path}: the list has no end within ${maximumPages} pages`)
}

/** `apiVersion` and `kind` are those of `type`. */
export async function createObject<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  object: T,
  options: CallOptions,
): Promise<T & KubernetesObject> {
  const { namespace = '' } = object.metadata
  const path = resourcePath(type, { namespace })
  const body = { ...object, apiVersion: apiVersionOf(type), kind: type.kind }
  const answer = await client.request({ method: 'POST', path, body, signal: options.signal })
  return asObject(answer, path) as T & KubernetesObject
}

/** Resolves when the API server took the deletion; finalizers may keep the object for longer. */
export async function deleteObject(
  client: RestClient,
  type: ResourceType,
  name: ObjectName,
  options: CallOptions & { readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } },
): Promise<void> {
  const { preconditions, signal } = options
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions }
  await client.request({ method: 'DELETE', path: resourcePath(type, name), body, signal })
}

/** JSON merge patch (RFC 7396): null removes a field, lists are replaced. */
export async function mergePatchObject<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  name: ObjectName,
  patch: object,
  options: CallOptions & { readonly subresource?: string },
): Promise<T> {
  const { subresource, signal } = options
  const path = resourcePath(type, { ...name, subresource })
  const contentType = 'application/merge-patch+json'
  return asObject(await client.request({ method: 'PATCH', path, body: patch, contentType, signal }), path) as T
}

const partialListAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
