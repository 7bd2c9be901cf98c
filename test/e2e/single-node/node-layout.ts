import { join } from 'node:path'

/** Addresses inside of the node's network namespace, where nobody else has any. */
export const nodeNetwork = {
  /** On the loopback interface of the node: there is no other machine to reach. */
  node: '10.99.0.2',
  pods: '10.244.0.0/24',
  services: '10.96.0.0/16',
  /** Of the Service `kubernetes`: the first of them. */
  apiServerService: '10.96.0.1',
  apiServerPort: 6443,
  etcdPort: 2379,
  etcdPeerPort: 2380,
} as const

export const nodeName = 'node'

/** Where the node keeps what it writes, all of it below the supervisor's directory, which goes with it. */
export interface NodeLayout {
  readonly directory: string
  readonly containerdSocket: string
  readonly containerdConfig: string
  readonly containerdRoot: string
  readonly cniConfigs: string
  readonly kubeletRoot: string
  readonly kubeletConfig: string
  readonly proxyConfig: string
  readonly resolvConf: string
  readonly sysctls: string
  logPath(component: string): string
}

export function nodeLayout(directory: string): NodeLayout {
  return {
    directory,
    // In the node's own /run, since the path of a socket takes no more than about 100 characters.
    containerdSocket: '/run/containerd/containerd.sock',
    containerdConfig: join(directory, 'containerd.toml'),
    containerdRoot: join(directory, 'containerd'),
    cniConfigs: join(directory, 'cni'),
    kubeletRoot: join(directory, 'kubelet'),
    kubeletConfig: join(directory, 'kubelet.yaml'),
    proxyConfig: join(directory, 'kube-proxy.yaml'),
    resolvConf: join(directory, 'resolv.conf'),
    sysctls: join(directory, 'sysctls'),
    logPath: (component) => join(directory, `${component}.log`),
  }
}
