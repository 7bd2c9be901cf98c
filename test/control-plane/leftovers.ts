import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { glob, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { isAlive } from './is-alive.ts'
import type { CleanUp } from './supervisor-protocol.ts'

/** Content of the file `pidFile` in the directory of a supervisor. */
export interface RecordedProcesses {
  readonly supervisor: number
  readonly children: readonly number[]
  readonly cleanUps?: readonly CleanUp[]
}

export const pidFile = 'pids.json'
export const cleanUpMilliseconds = 20_000

/**
 * Kills the servers, and removes the data, of supervisors that were themselves killed.
 * A process that is not seen to work in the directory is left alone: its number may have gone to another program.
 */
export async function removeLeftovers(prefix: string): Promise<void> {
  for await (const path of glob(`${prefix}*/${pidFile}`)) {
    const recorded = await read(path)
    if (recorded === undefined || isAlive(recorded.supervisor)) continue
    const directory = join(path, '..')
    for (const pid of recorded.children) {
      if (await worksIn(directory, pid)) process.kill(pid, 'SIGKILL')
    }
    for (const { file, args } of recorded.cleanUps ?? []) {
      spawnSync(file, args, { stdio: 'ignore', timeout: cleanUpMilliseconds })
    }
    await rm(directory, { recursive: true, force: true })
  }
}

async function read(path: string): Promise<RecordedProcesses | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RecordedProcesses
  } catch {
    // Just being written or removed: its supervisor lives.
    return undefined
  }
}

async function worksIn(directory: string, pid: number): Promise<boolean> {
  const commandLine = `/proc/${pid}/cmdline`
  return existsSync(commandLine) && (await readFile(commandLine, 'utf8').catch(() => '')).includes(directory)
}
