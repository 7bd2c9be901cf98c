import type { KubeConfig } from '@kubernetes/client-node'
import { onTestFinished } from 'vitest'

import { systemClock } from '../../src/kube/clock.ts'
import { createRestClient, type RestClient, type RestClientOptions } from '../../src/kube/rest-client.ts'
import { noMetrics } from './no-metrics.ts'

/** A client of the API server without jitter or metrics, in the machine's time unless told otherwise; closed when the test ends. */
export function openClient(
  kubeConfig: KubeConfig,
  options: Partial<Omit<RestClientOptions, 'kubeConfig'>> = {},
): RestClient {
  const client = createRestClient({
    kubeConfig,
    clock: systemClock,
    random: () => 0,
    metrics: noMetrics,
    userAgent: 'tester/1',
    ...options,
  })
  onTestFinished(() => client[Symbol.asyncDispose]())
  return client
}
