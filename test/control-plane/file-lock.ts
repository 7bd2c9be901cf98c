import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

import { isAlive } from './is-alive.ts'

export interface FileLockOptions {
  /** Called when another process holds the lock; the result is disposed of when the wait is over. */
  readonly onWait?: () => Disposable
}

const refreshPeriod = 5000
/** A holder refreshes its lock all the time: one that has not for so long is dead, on whichever host or in whichever container. */
const staleAfter = 30_000
const pollPeriod = 200

/**
 * Runs `work` while no other process runs under the same lock file. A lock whose holder has died is taken over.
 *
 * Two waiters can take over the same stale lock at the same instant and then both run: `work` must bear that.
 */
export async function withFileLock<T>(path: string, options: FileLockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(path, options)
  const refresh = setInterval(() => {
    const now = new Date()
    // A lock that somebody removed by hand is not worth a crash.
    utimes(path, now, now).catch(() => undefined)
  }, refreshPeriod)
  refresh.unref()
  try {
    return await work()
  } finally {
    clearInterval(refresh)
    await rm(path, { force: true })
  }
}

async function acquire(path: string, options: FileLockOptions): Promise<void> {
  using waiting = new DisposableStack()
  let reported = false
  for (;;) {
    try {
      await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (await isStale(path)) {
      await rm(path, { force: true })
      continue
    }
    if (!reported && options.onWait !== undefined) waiting.use(options.onWait())
    reported = true
    await sleep(pollPeriod)
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > staleAfter) return true
    const holder = JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string }
    return holder.host === hostname() && !isAlive(holder.pid)
  } catch {
    // Gone, or not yet written: the next attempt decides.
    return false
  }
}
