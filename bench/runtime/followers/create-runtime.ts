import { KubeConfig } from '@kubernetes/client-node'

import { s3AuditWebhookType } from '../../../src/api/s3-audit-webhook.ts'
import { systemClock } from '../../../src/kube/clock.ts'
import { createController } from '../../../src/kube/controller.ts'
import { createInformer } from '../../../src/kube/informer.ts'
import { getObject } from '../../../src/kube/objects.ts'
import { objectKey, objectName } from '../../../src/kube/resource.ts'
import { createRestClient } from '../../../src/kube/rest-client.ts'
import { createWorkQueue } from '../../../src/kube/work-queue.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'
import type { ApiAccess, Follower } from './follower.ts'

const concurrency = 16
const timeoutMilliseconds = 60_000

/**
 * Our runtime as the operator sets it up, metrics and logger included. With `controller` a change goes on through the work queue to a
 * worker, and counts when its pass begins with the object from the cache in hand.
 */
export function createRuntime(access: ApiAccess, options: { readonly controller: boolean }): Follower {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(access.kubeconfigPath)
  const { signal } = new AbortController()
  const common = {
    clock: systemClock,
    random: Math.random,
    logger: createLogger({ level: 'info' }),
    metrics: createMetrics({ clock: systemClock }).runtime,
  }
  const client = createRestClient({ ...common, kubeConfig, userAgent: 'bench-runtime' })
  const informer = createInformer({ ...common, client, type: s3AuditWebhookType })
  return {
    async follow(onChange) {
      if (options.controller) {
        const queue = createWorkQueue({ ...common, name: 'bench' })
        const controller = createController({
          ...common,
          name: 'bench',
          queue,
          concurrency,
          reconcileTimeoutMilliseconds: timeoutMilliseconds,
          newId: () => crypto.randomUUID(),
          reconcile(name) {
            const object = informer.store.get(objectKey(name))
            if (object !== undefined) onChange(object)
            return Promise.resolve({})
          },
        })
        informer.onChange((change) => {
          if (!change.initial) queue.add(objectKey(objectName(change.object)))
        })
        void controller.run(signal)
      } else {
        informer.onChange((change) => {
          if (!change.initial) onChange(change.object)
        })
      }
      void informer.run(signal)
      await informer.waitForSync(signal)
    },
    size: () => informer.store.size,
    get: async (namespace, name) => void (await getObject(client, s3AuditWebhookType, { namespace, name }, { signal })),
  }
}
