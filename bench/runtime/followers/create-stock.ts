import { CustomObjectsApi, KubeConfig, makeInformer, type KubernetesListObject } from '@kubernetes/client-node'

import { webhooksPath } from '../../support/resources.ts'
import type { ApiAccess, Follower, SeenObject } from './follower.ts'

const of = { group: 's3audit.dev', version: 'v1alpha1' }
const plural = 's3auditwebhooks'

/** The informer and the API classes of @kubernetes/client-node, used as its examples use them. */
export function createStock(access: ApiAccess): Follower {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(access.kubeconfigPath)
  const api = kubeConfig.makeApiClient(CustomObjectsApi)
  const informer = makeInformer<SeenObject>(
    kubeConfig,
    webhooksPath,
    async () =>
      (await api.listCustomObjectForAllNamespaces({
        ...of,
        resourcePlural: plural,
      })) as KubernetesListObject<SeenObject>,
  )
  return {
    async follow(onChange) {
      informer.on('update', onChange)
      informer.on('error', (error) => {
        throw error instanceof Error ? error : new Error('The stock informer failed')
      })
      // Resolves when the list is in and the watch was opened.
      await informer.start()
    },
    size: () => informer.list().length,
    get: async (namespace, name) => void (await api.getNamespacedCustomObject({ ...of, plural, namespace, name })),
  }
}
