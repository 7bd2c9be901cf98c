import { mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

import type { Narrator } from '../../demo/narrator.ts'
import { runCommand } from '../control-plane/run-command.ts'
import type { Cluster } from './cluster.ts'

/** What every part of the story works with. */
export interface Stage {
  readonly cluster: Cluster
  readonly narrator: Narrator
  /** Runs lines as a user types them in a clone of the project, shows them and what they print. @throws {Error} when one fails */
  shell(lines: string): Promise<string>
  /** Applies objects without a word. @throws {Error} with what the API server says */
  apply(...objects: readonly object[]): Promise<void>
  /** What kubectl gets as JSON. @throws {Error} when it fails */
  read(...args: readonly string[]): Promise<unknown>
}

export interface StageOptions {
  readonly cluster: Cluster
  readonly narrator: Narrator
  readonly helmPath: string
  /** For files of its own. */
  readonly directory: string
  readonly write: (text: string) => void
}

const root = join(import.meta.dirname, '../..')

export async function createStage(options: StageOptions): Promise<Stage> {
  const { cluster, narrator, helmPath, directory, write } = options
  const programs = join(directory, 'bin')
  await mkdir(programs)
  await symlink(helmPath, join(programs, 'helm'))
  await symlink(cluster.kubectlPath, join(programs, 'kubectl'))
  const env = {
    ...process.env,
    PATH: [programs, process.env['PATH']].join(delimiter),
    KUBECONFIG: cluster.kubeconfigPath,
    KUBECACHEDIR: join(directory, 'kubectl-cache'),
    KUBERC: 'off',
    // Nothing of whoever runs it.
    HELM_CACHE_HOME: join(directory, 'helm/cache'),
    HELM_CONFIG_HOME: join(directory, 'helm/config'),
    HELM_DATA_HOME: join(directory, 'helm/data'),
  }
  return {
    cluster,
    narrator,
    async shell(lines) {
      for (const line of lines.trimEnd().split('\n')) write(`  $ ${line}\n`)
      const { stdout, stderr, code } = await runCommand('sh', ['-euc', lines], { cwd: root, env })
      for (const line of stdout.trimEnd().split('\n')) write(`    ${line}\n`)
      if (code !== 0) throw new Error(`The command failed (exit code ${code}): ${stderr.trim()}`)
      return stdout
    },
    async apply(...objects) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
      const { stderr, code } = await cluster.kubectl(['apply', '--server-side', '--filename=-'], { input })
      if (code !== 0) throw new Error(`kubectl apply failed: ${stderr.trim()}`)
    },
    read: async (...args) => JSON.parse(await narrator.quiet([...args, '--output=json'])) as unknown,
  }
}
