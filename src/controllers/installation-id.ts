import { isForbidden } from '../kube/api-error.ts'
import { getObject } from '../kube/objects.ts'
import type { KubernetesObject, ResourceType } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'

export type InstallationId =
  | { readonly state: 'Known'; readonly id: string }
  | { readonly state: 'Problem'; readonly reason: 'ReadForbidden'; readonly message: string }

/** What tells two Kubernetes clusters apart that manage the same S3 cluster. @throws ApiError when the API server cannot be asked. */
export type ReadInstallationId = (options: { readonly signal: AbortSignal }) => Promise<InstallationId>

const namespaceType: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}

/**
 * The uid of the one namespace that each Kubernetes cluster has for life. It is asked for when somebody needs it, and once: without
 * MinIO no right to it is needed.
 * @param options.configured is taken instead, and nothing is asked.
 */
export function createInstallationIdReader(options: {
  readonly client: RestClient
  readonly configured: string | undefined
}): ReadInstallationId {
  let known = options.configured

  return async ({ signal }) => {
    if (known !== undefined) return { state: 'Known', id: known }
    try {
      const name = { namespace: '', name: 'kube-system' }
      const { metadata } = await getObject<KubernetesObject>(options.client, namespaceType, name, { signal })
      known = metadata.uid ?? ''
      return { state: 'Known', id: known }
    } catch (error) {
      if (!isForbidden(error)) throw error
      return { state: 'Problem', reason: 'ReadForbidden', message: forbidden }
    }
  }
}

const forbidden =
  "The operator may not read namespace 'kube-system', whose uid names the webhooks on MinIO: grant its service account `get` on that namespace, or start it with `--installation-id`."
