import { join } from 'node:path'

import type { NodeCredentials } from './node-credentials.ts'
import { nodeName, nodeNetwork, type NodeLayout } from './node-layout.ts'

/** Arguments of each program of the node. */
export interface NodeComponents {
  readonly etcd: readonly string[]
  readonly apiServer: readonly string[]
  readonly containerd: readonly string[]
  readonly controllerManager: readonly string[]
  readonly scheduler: readonly string[]
  readonly kubelet: readonly string[]
  readonly kubeProxy: readonly string[]
}

export function nodeComponents(layout: NodeLayout, credentials: NodeCredentials): NodeComponents {
  const { kubeconfigs, authorityCertificate, serviceAccountKey, apiServer, kubeletClient } = credentials
  const etcdUrl = `http://127.0.0.1:${nodeNetwork.etcdPort}`
  const etcdPeerUrl = `http://127.0.0.1:${nodeNetwork.etcdPeerPort}`
  const allKubeconfigs = (path: string): readonly string[] =>
    ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map((flag) => `--${flag}=${path}`)
  return {
    etcd: [
      `--data-dir=${join(layout.directory, 'etcd')}`,
      // Nobody else is in this network namespace but pods, which do not see its loopback interface.
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${etcdPeerUrl}`,
      `--initial-advertise-peer-urls=${etcdPeerUrl}`,
      `--initial-cluster=default=${etcdPeerUrl}`,
      // The data need not survive the machine.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    apiServer: [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=0.0.0.0',
      `--advertise-address=${nodeNetwork.node}`,
      `--secure-port=${nodeNetwork.apiServerPort}`,
      `--cert-dir=${join(layout.directory, 'api-server')}`,
      `--tls-cert-file=${apiServer.certificate}`,
      `--tls-private-key-file=${apiServer.key}`,
      `--client-ca-file=${authorityCertificate}`,
      `--kubelet-client-certificate=${kubeletClient.certificate}`,
      `--kubelet-client-key=${kubeletClient.key}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${serviceAccountKey}`,
      `--service-account-signing-key-file=${serviceAccountKey}`,
      // Else every token of a pod lives for a year.
      '--service-account-extend-token-expiration=false',
      `--service-cluster-ip-range=${nodeNetwork.services}`,
      // The kubelet of a real node may run privileged pods; that those of a namespace may not is what its labels say.
      '--allow-privileged',
    ],
    containerd: ['--config', layout.containerdConfig],
    controllerManager: [
      ...allKubeconfigs(kubeconfigs.controllerManager),
      `--cert-dir=${join(layout.directory, 'controller-manager')}`,
      '--use-service-account-credentials',
      `--service-account-private-key-file=${serviceAccountKey}`,
      `--root-ca-file=${authorityCertificate}`,
      '--leader-elect=false',
      // Every controller has an account, a budget and a start of its own, which its client's limits would stretch over seconds.
      '--kube-api-qps=300',
      '--kube-api-burst=600',
    ],
    scheduler: [
      ...allKubeconfigs(kubeconfigs.scheduler),
      `--cert-dir=${join(layout.directory, 'scheduler')}`,
      '--leader-elect=false',
    ],
    kubelet: [
      `--config=${layout.kubeletConfig}`,
      `--kubeconfig=${kubeconfigs.kubelet}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${nodeNetwork.node}`,
      `--root-dir=${layout.kubeletRoot}`,
      `--cert-dir=${join(layout.directory, 'kubelet-pki')}`,
    ],
    kubeProxy: [`--config=${layout.proxyConfig}`],
  }
}
