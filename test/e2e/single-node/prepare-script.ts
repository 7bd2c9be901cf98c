import { join } from 'node:path'

import { type NodeLayout, nodeNetwork } from './node-layout.ts'

/** Settings of the kernel that the kubelet insists on. They hold for the whole machine, where nothing is to change. */
export const kubeletSysctls: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
}

/** The file that stands in for a setting. */
export function sysctlStandIn(layout: NodeLayout, name: string): string {
  return join(layout.sysctls, name.replaceAll('/', '.'))
}

/** What is done in the fresh namespaces, as a script for `sh`. */
export function prepareScript(layout: NodeLayout): string {
  const standIns = Object.keys(kubeletSysctls).map(
    (name) => `[ ! -e /proc/sys/${name} ] || mount --bind ${quoted(sysctlStandIn(layout, name))} /proc/sys/${name}`,
  )
  return [
    // Mounts of pods are passed on to their containers, and nowhere else.
    'mount --make-rshared /',
    'mount -t tmpfs -o mode=755 tmpfs /run',
    // Paths that kubelet and CNI do not let be chosen; what they write there stays in memory.
    ...['/var/lib', '/var/log'].map(
      (path) =>
        `mkdir -p /run/over${path}/upper /run/over${path}/work && mount -t overlay overlay -o lowerdir=${path},upperdir=/run/over${path}/upper,workdir=/run/over${path}/work ${path}`,
    ),
    // The kubelet reads and writes files instead of the machine's settings.
    ...standIns,
    'ip link set lo up',
    `ip address add ${nodeNetwork.node}/32 dev lo`,
    'sysctl -qw net.ipv4.ip_forward=1',
  ].join('\n')
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`
}
