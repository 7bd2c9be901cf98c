import { z } from 'zod'

/** One verb of one resource as a role grants it to a service account. */
export interface GrantedRight {
  readonly verb: string
  readonly group: string
  /** With the subresource: `s3clusters/status`. */
  readonly resource: string
  /** Only objects of these names; empty: all. */
  readonly names: readonly string[]
  /** Undefined: in all namespaces. */
  readonly namespace: string | undefined
  /** `ClusterRole s3-audit-operator`. */
  readonly by: string
}

const rule = z.strictObject({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
  resourceNames: z.array(z.string()).default([]),
})
const metadata = z.object({ name: z.string(), namespace: z.string().optional() })
const role = z.object({ kind: z.enum(['Role', 'ClusterRole']), metadata, rules: z.array(rule) })
const binding = z.object({
  kind: z.enum(['RoleBinding', 'ClusterRoleBinding']),
  metadata,
  roleRef: z.object({ kind: z.enum(['Role', 'ClusterRole']), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() })),
})

/**
 * Everything that the bindings among the manifests grant to the service account, one verb of one resource each.
 * @throws Error when a binding names a role that is not there; ZodError for rules of another shape, as of paths that are no resources.
 */
export function grantedRights(
  manifests: readonly { readonly kind: string }[],
  serviceAccount: { readonly namespace: string; readonly name: string },
): readonly GrantedRight[] {
  const bindings = manifests
    .filter(({ kind }) => kind.endsWith('RoleBinding'))
    .map((manifest) => binding.parse(manifest))
    .filter(({ subjects }) =>
      subjects.some(
        ({ kind, namespace, name }) =>
          kind === 'ServiceAccount' && namespace === serviceAccount.namespace && name === serviceAccount.name,
      ),
    )
  return bindings.flatMap(({ roleRef, metadata: { namespace, name } }) => {
    const found = manifests.find((manifest) => isRole(manifest, roleRef, namespace))
    if (found === undefined) throw new Error(`${roleRef.kind} ${roleRef.name} of binding ${name} is not there`)
    return role.parse(found).rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({
            verb,
            group,
            resource,
            names: resourceNames,
            namespace,
            by: `${roleRef.kind} ${roleRef.name}`,
          })),
        ),
      ),
    )
  })
}

function isRole(
  manifest: { readonly kind: string },
  { kind, name }: { readonly kind: string; readonly name: string },
  namespace: string | undefined,
): boolean {
  if (manifest.kind !== kind) return false
  const { metadata: found } = z.object({ metadata }).parse(manifest)
  return found.name === name && (kind === 'ClusterRole' || found.namespace === namespace)
}
