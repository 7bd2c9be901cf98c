import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { type CommandResult, runCommand } from '../../control-plane/run-command.ts'
import type { Supervisor } from '../../control-plane/supervisor.ts'

/** Namespaces of mounts, network and processes, in which a node lives as on a machine of its own. */
export interface Namespaces {
  /** Their first process, as this machine numbers it. With it ends every process in them. */
  readonly pid: number
  /** The command line that runs a program inside. */
  enter(file: string, args: readonly string[]): readonly [file: string, args: readonly string[]]
  /** Runs a program inside to its end, whatever its exit code. */
  run(file: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CommandResult>
}

export interface NamespacesOptions {
  /** The program that is the first process inside. */
  readonly pause: string
  /** What is run first inside, by `sh`. */
  readonly prepare: string
}

/**
 * Makes the namespaces, which go with the supervisor: the kernel ends what is inside when the first process ends, and with it go
 * mounts, interfaces, routes and packet filters.
 *
 * @throws {Error} with what `prepare` printed when it fails.
 */
export async function makeNamespaces(supervisor: Supervisor, options: NamespacesOptions): Promise<Namespaces> {
  const { pause, prepare } = options
  const { directory } = supervisor
  const logPath = join(directory, 'namespaces.log')
  const flags = ['--mount', '--propagation=private', '--net', '--pid', '--fork', '--mount-proc', '--kill-child']
  // The directory on the command line marks the process as one of this supervisor.
  const holder = await supervisor.start({
    name: 'namespaces',
    file: 'unshare',
    args: [...flags, pause, directory],
    logPath,
  })
  const pid = await firstProcess(holder.pid, pause)
  if (pid === undefined) {
    throw new Error(`No namespaces could be made: ${(await readFile(logPath, 'utf8')).trim()}`)
  }
  const enter: Namespaces['enter'] = (file, args) => [
    'nsenter',
    ['--target', String(pid), '--mount', '--net', '--pid', '--', file, ...args],
  ]
  const run: Namespaces['run'] = (file, args, env) =>
    runCommand(...enter(file, args), env === undefined ? {} : { env: { ...process.env, ...env } })
  const prepared = await run('sh', ['-euc', prepare])
  if (prepared.code !== 0) throw new Error(`The namespaces could not be prepared: ${prepared.stderr.trim()}`)
  return { pid, enter, run }
}

/** The child of `unshare`, once it has become the program. */
async function firstProcess(parent: number, program: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
    const pid = Number.parseInt(children, 10)
    if (!Number.isNaN(pid) && (await readlink(`/proc/${pid}/exe`).catch(() => '')) === program) return pid
    await sleep(20)
  }
  return undefined
}
