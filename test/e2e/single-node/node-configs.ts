import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { stringify } from 'yaml'

import { nodeName, nodeNetwork, type NodeLayout } from './node-layout.ts'
import { kubeletSysctls, sysctlStandIn } from './prepare-script.ts'

export interface NodeConfigsOptions {
  readonly layout: NodeLayout
  readonly cniPlugins: string
  /** Of the pod's first process. */
  readonly pauseImage: string
  /** Below it are those of all pods: a path from the root of the hierarchy. */
  readonly cgroup: string
  readonly authorityCertificate: string
  readonly proxyKubeconfig: string
}

/** Writes the files that the node's programs are configured by. */
export async function writeNodeConfigs(options: NodeConfigsOptions): Promise<void> {
  const { layout } = options
  await Promise.all([layout.cniConfigs, layout.sysctls].map((path) => mkdir(path)))
  await Promise.all([
    writeFile(layout.containerdConfig, containerdConfig(options)),
    writeFile(join(layout.cniConfigs, '10-pods.conflist'), JSON.stringify(podNetwork(layout))),
    writeFile(layout.kubeletConfig, stringify(kubelet(options))),
    writeFile(layout.proxyConfig, stringify(kubeProxy(options))),
    // There is no DNS: who looks a name up is told so at once.
    writeFile(layout.resolvConf, 'nameserver 127.0.0.1\n'),
    ...Object.entries(kubeletSysctls).map(([name, value]) => writeFile(sysctlStandIn(layout, name), `${value}\n`)),
  ])
}

/** Version 2 is what containerd 1 reads, and containerd 2 translates. */
function containerdConfig({ layout, cniPlugins, pauseImage }: NodeConfigsOptions): string {
  const text = JSON.stringify
  return `version = 2
root = ${text(layout.containerdRoot)}
state = "/run/containerd/state"
[grpc]
  address = ${text(layout.containerdSocket)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(pauseImage)}
  # Containers may want to be killed later than containerd itself, which takes CAP_SYS_RESOURCE.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(cniPlugins)}
    conf_dir = ${text(layout.cniConfigs)}
`
}

/** A pair of virtual interfaces for each pod, and routes between them: no bridge, no masquerading. */
function podNetwork(layout: NodeLayout): object {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipam: {
          type: 'host-local',
          dataDir: join(layout.directory, 'addresses'),
          ranges: [[{ subnet: nodeNetwork.pods }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  }
}

function kubelet({ layout, cgroup, authorityCertificate }: NodeConfigsOptions): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: authorityCertificate },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    // What the machine has is good enough for a test.
    failCgroupV1: false,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    podLogsDir: join(layout.directory, 'pods'),
    volumePluginDir: join(layout.directory, 'volume-plugins'),
    resolvConf: layout.resolvConf,
    // A full disk of the machine is no reason to evict pods that live for minutes, nor to collect images that cannot be pulled.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    nodeStatusUpdateFrequency: '2s',
    syncFrequency: '10s',
    maxPods: 60,
  }
}

function kubeProxy({ proxyKubeconfig }: NodeConfigsOptions): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: nodeName,
    clusterCIDR: nodeNetwork.pods,
    clientConnection: { kubeconfig: proxyKubeconfig },
    // Limits of the machine's connection tracking, which a network namespace may not set.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  }
}
