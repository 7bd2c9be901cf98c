import { isIP } from 'node:net'

import { KubeConfig } from '@kubernetes/client-node'

import type { Clock } from './kube/clock.ts'
import { createRestClient, type RestClient } from './kube/rest-client.ts'
import { version } from './version.ts'

/** The Lease by which replicas elect their leader. */
export const leaseName = 's3-audit-operator'

export const userAgent: string = `s3-audit-operator/${version}`

/** For one attempt of a command that somebody waits for. */
const commandRequestMilliseconds = 10_000

/**
 * Without a path: KUBECONFIG, ~/.kube/config, else the service account of the pod.
 * @throws {Error} when there is none or it cannot be used, in one line that holds nothing of what stands in the file.
 */
export function loadKubeConfig(path: string | undefined): KubeConfig {
  const kubeConfig = new KubeConfig()
  let problem: string | undefined
  try {
    if (path === undefined) kubeConfig.loadFromDefault()
    else kubeConfig.loadFromFile(path)
  } catch (error) {
    // The error itself must not go on as a cause: that of YAML quotes the file, tokens included.
    problem = kubeConfigProblem(error)
  }
  if (problem !== undefined) {
    throw new Error(`the kubeconfig${path === undefined ? '' : ` '${path}'`} cannot be used: ${problem}`)
  }
  if (path === undefined && isLastResort(kubeConfig)) {
    throw new Error('there is no kubeconfig: give --kubeconfig, set KUBECONFIG, or make ~/.kube/config')
  }
  return kubeConfig
}

function kubeConfigProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error'
  if (error.name === 'YAMLException') return `it is no YAML${/ \(\d+:\d+\)/.exec(error.message)?.[0] ?? ''}`
  return error.message.split('\n', 1).join('')
}

/** What client-node makes up where it finds nothing. */
function isLastResort(kubeConfig: KubeConfig): boolean {
  const cluster = kubeConfig.getCurrentCluster()
  return kubeConfig.getCurrentContext() === 'loaded-context' && cluster?.server === 'http://localhost:8080'
}

/** A client for a command, of which nobody reads metrics. @throws RangeError for a kubeconfig without a current context. */
export function createCommandClient(
  kubeConfig: KubeConfig,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): RestClient {
  return createRestClient({
    kubeConfig,
    clock,
    random,
    metrics: { restRequest: () => undefined, restRetry: () => undefined },
    userAgent,
    requestTimeoutMilliseconds: commandRequestMilliseconds,
  })
}

/**
 * The API server's own address, so that nobody can make the operator talk to it through an endpoint. On loopback, which is refused
 * anyway, it shares its address with everything else that an administrator may have allowed there.
 */
export function apiServerAddresses(kubeConfig: KubeConfig): readonly string[] {
  const server = URL.parse(kubeConfig.getCurrentCluster()?.server ?? '')
  const host = (server?.hostname ?? '').replace(/^\[|\]$/g, '')
  return isIP(host) === 0 || host === '::1' || host.startsWith('127.') ? [] : [host]
}
