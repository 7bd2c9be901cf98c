import { readdirSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'

import { runCommand } from '../../control-plane/run-command.ts'
import { kubeletSysctls } from './prepare-script.ts'

/** What a node could change of the machine it runs on, as text that can be compared: interfaces, routes, settings, cgroups, mounts. */
export async function machineFacts(): Promise<Readonly<Record<string, string>>> {
  const routes = await runCommand('ip', ['route', 'show', 'table', 'all'])
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  return {
    interfaces: (await readdir('/sys/class/net')).sort().join(' '),
    // Those of IPv6 tell how long they will last.
    routes: routes.stdout.replaceAll(/ expires \S+/g, ''),
    settings: [...Object.keys(kubeletSysctls), 'net/ipv4/ip_forward'].map((name) => readSetting(name)).join('\n'),
    cgroups: mounts
      .flatMap((line) => /^\S+ (\S+) cgroup/.exec(line)?.[1] ?? [])
      .map((path) => `${path}: ${readdirSync(path).filter(isOurs).join(' ')}`)
      .join('\n'),
    mounts: mounts.join('\n'),
  }
}

function isOurs(name: string): boolean {
  return name.startsWith('s3-audit-operator-e2e')
}

function readSetting(name: string): string {
  try {
    return `${name}=${readFileSync(`/proc/sys/${name}`, 'utf8').trim()}`
  } catch {
    return `${name} is not there`
  }
}
