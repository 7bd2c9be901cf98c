import { z } from 'zod'

import { ApiUnreachableError } from './api-error.ts'
import { apiVersionOf, type KubernetesObject, type ObjectMeta, type ResourceType } from './resource.ts'

const text = z.record(z.string(), z.string())

/** What the runtime relies on of any object the API server sends; the rest is left as it is. */
const objectSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.number().optional(),
    creationTimestamp: z.string().optional(),
    deletionTimestamp: z.string().optional(),
    finalizers: z.array(z.string()).optional(),
    labels: text.optional(),
    annotations: text.optional(),
    ownerReferences: z
      .array(z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() }))
      .optional(),
  }),
})

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * An object for the cache, in one shape whether it came from a list or a watch: with `apiVersion` and `kind` of its type (list
 * items lack them, metadata-only ones name PartialObjectMetadata), without managed fields, which outweigh the object, and without
 * kubectl's last-applied annotation, which repeats the whole object and for a Secret its values. Undefined when it is no object.
 */
export function cacheObject(raw: unknown, type: ResourceType, metadataOnly: boolean): KubernetesObject | undefined {
  if (!isKubernetesObject(raw)) return undefined
  const { managedFields: _managedFields, annotations, ...rest }: ObjectMeta & { managedFields?: unknown } = raw.metadata
  const { [lastApplied]: _lastApplied, ...others } = annotations ?? {}
  const metadata = Object.keys(others).length === 0 ? rest : { ...rest, annotations: others }
  return { ...(metadataOnly ? {} : raw), apiVersion: apiVersionOf(type), kind: type.kind, metadata }
}

/**
 * The API server has validated the object against its schema; what the caller relies on beyond metadata is the caller's to check.
 * @throws ApiUnreachableError with code InvalidResponse when the answer is no object.
 */
export function asObject(answer: unknown, path: string): KubernetesObject {
  if (!isKubernetesObject(answer)) throw new ApiUnreachableError('InvalidResponse', `${path}: the answer is no object`)
  return answer
}

function isKubernetesObject(raw: unknown): raw is KubernetesObject {
  return objectSchema.safeParse(raw).success
}
