import { randomUUID } from 'node:crypto'

import { KubeConfig } from '@kubernetes/client-node'
import { onTestFinished } from 'vitest'

import { systemClock } from '../../../src/kube/clock.ts'
import type { Informer } from '../../../src/kube/informer.ts'
import type { Logger } from '../../../src/kube/logger.ts'
import { createObject } from '../../../src/kube/objects.ts'
import type { KubernetesObject, ResourceType } from '../../../src/kube/resource.ts'
import { createRestClient, type RestClient } from '../../../src/kube/rest-client.ts'
import { noMetrics } from '../../support/no-metrics.ts'

/** A resource of the core group. */
export const core = (plural: string, kind: string): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced: kind !== 'Namespace',
})

export const configMaps: ResourceType = core('configmaps', 'ConfigMap')

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

export function loadKubeConfig(path: string): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(path)
  return kubeConfig
}

/** A client that is closed when the test ends. */
export function connect(kubeConfig: KubeConfig, options: { readonly allowHttp2?: boolean } = {}): RestClient {
  const client = createRestClient({
    kubeConfig,
    clock: systemClock,
    random: Math.random,
    metrics: noMetrics,
    userAgent: 'runtime-test',
    ...options,
  })
  onTestFinished(() => client[Symbol.asyncDispose]())
  return client
}

/** @returns the name of a new namespace. */
export async function makeNamespace(client: RestClient): Promise<string> {
  const name = `runtime-${randomUUID().slice(0, 8)}`
  const { signal } = new AbortController()
  await createObject(client, core('namespaces', 'Namespace'), { metadata: { name } }, { signal })
  return name
}

/** Runs the informer in the background until the test ends. */
export function start(informer: Informer<KubernetesObject>): void {
  const stop = new AbortController()
  const running = informer.run(stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await running
  })
}
