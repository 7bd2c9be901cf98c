import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import { runCommand } from '../../control-plane/run-command.ts'
import { findContainerPrograms, missingContainerPrograms } from './find-container-programs.ts'

/** Each is tried in namespaces of its own, so that nothing of it stays. */
const kernelFeatures = [
  {
    needs: 'overlay file systems',
    trial:
      'mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir l u w m && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m',
  },
  { needs: 'virtual Ethernet (veth)', trial: 'ip link add trial0 type veth peer name trial1' },
] as const

const commands = ['unshare', 'nsenter', 'mount', 'ip', 'sysctl'] as const

/**
 * What this machine lacks for a node of its own, in words that follow `needs`.
 * @throws {Error} when the packages of the programs it lacks cannot be had.
 */
export async function missingForSingleNode(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return ['Linux']
  if (process.getuid?.() !== 0) return ['root']
  const absent = await absentCommands()
  if (absent.length > 0) return absent.map((command) => `the command ${command}`)
  if (!(await canRun('true'))) return ['the right to make namespaces (CAP_SYS_ADMIN and CAP_NET_ADMIN)']
  const missing: string[] = []
  for (const { needs, trial } of kernelFeatures) {
    if (!(await canRun(trial))) missing.push(needs)
  }
  if (!(await readFile('/proc/mounts', 'utf8')).split('\n').some(isWritableCgroup)) missing.push('writable cgroups')
  missing.push(...(await missingContainerPrograms()))
  if (missing.length > 0) return missing
  const { env } = await findContainerPrograms()
  return (await canRun('nft add table inet trial', env)) ? [] : ['nf_tables in the kernel']
}

async function absentCommands(): Promise<readonly string[]> {
  const { stdout } = await runCommand('sh', [
    '-c',
    `for c in ${commands.join(' ')}; do command -v "$c" >/dev/null || echo "$c"; done`,
  ])
  return stdout.split('\n').filter((line) => line !== '')
}

async function canRun(script: string, env: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const args = ['--mount', '--net', '--pid', '--fork', 'sh', '-c', script]
  const { code } = await runCommand('unshare', args, { env: { ...process.env, ...env } })
  return code === 0
}

function isWritableCgroup(line: string): boolean {
  const [, path = '', type = '', options = ''] = line.split(' ')
  return type.startsWith('cgroup') && options.split(',').includes('rw') && existsSync(path)
}
