import { z } from 'zod'

import { objectKey, type KubernetesObject } from '../kube/resource.ts'

/** Keys (`namespace/name`) of what a resource refers to. */
export interface References {
  readonly clusters: readonly string[]
  readonly secrets: readonly string[]
  readonly configMaps: readonly string[]
}

const named = z.object({ name: z.string() })
const caReference = z.object({ kind: z.string(), name: z.string() })
const referencing = z.object({
  clusterRef: named.optional().catch(undefined),
  credentialsSecretRef: named.optional().catch(undefined),
  authTokenSecretRef: named.optional().catch(undefined),
  tls: z
    .object({ caCertificateRef: caReference.optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

/**
 * What an S3Cluster or S3AuditWebhook refers to, all in its own namespace. Reads as much of a malformed spec as can be read: a
 * resource with one bad field must still be looked at again when its Secret appears.
 */
export function referencesOf(resource: KubernetesObject & { readonly spec: unknown }): References {
  const spec = referencing.safeParse(resource.spec).data ?? {}
  const namespace = resource.metadata.namespace ?? ''
  const key = (name: string): string => objectKey({ namespace, name })
  const ca = spec.tls?.caCertificateRef
  const secrets = [
    spec.credentialsSecretRef?.name,
    spec.authTokenSecretRef?.name,
    ca?.kind === 'Secret' ? ca.name : undefined,
  ]
  return {
    clusters: spec.clusterRef === undefined ? [] : [key(spec.clusterRef.name)],
    secrets: secrets.filter((name) => name !== undefined).map(key),
    configMaps: ca?.kind === 'ConfigMap' ? [key(ca.name)] : [],
  }
}
