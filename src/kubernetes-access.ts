import { isIP } from 'node:net'

import { KubeConfig } from '@kubernetes/client-node'

/** The Lease by which replicas elect their leader. */
export const leaseName = 's3-audit-operator'

/** Without a path: KUBECONFIG, ~/.kube/config, else the service account of the pod. @throws when the file cannot be used. */
export function loadKubeConfig(path: string | undefined): KubeConfig {
  const kubeConfig = new KubeConfig()
  if (path === undefined) kubeConfig.loadFromDefault()
  else kubeConfig.loadFromFile(path)
  return kubeConfig
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
