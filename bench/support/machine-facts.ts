import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

import { toolVersions } from '../../test/control-plane/versions.ts'

/** What a measurement depends on beside the code. */
export interface MachineFacts {
  readonly time: string
  readonly commit: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly kubernetes: string
  readonly etcd: string
  /** Of the last minute, before the measurement began: what others did on this machine. */
  readonly loadAverage: number
}

/** To be called before anything is started. */
export function readMachineFacts(): MachineFacts {
  const { kubernetes, etcd } = toolVersions()
  return {
    time: new Date().toISOString(),
    commit: readCommit(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    kubernetes: process.env['KUBEBUILDER_ASSETS'] === undefined ? kubernetes : 'of KUBEBUILDER_ASSETS',
    etcd: process.env['KUBEBUILDER_ASSETS'] === undefined ? etcd : 'of KUBEBUILDER_ASSETS',
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

/** With a mark when the sources differ from it; results of earlier runs do not count. */
function readCommit(): string {
  try {
    const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
    const changed = git('status', '--porcelain', '--', 'src', 'bench', ':!bench/results', 'package-lock.json')
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : ', with changes')
  } catch {
    return 'unknown'
  }
}
