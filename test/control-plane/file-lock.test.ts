import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { withFileLock } from './file-lock.ts'

async function lockPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'file-lock-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'lock')
}

it('lets one in at a time, and tells the others to wait', async () => {
  const path = await lockPath()
  const log: string[] = []
  const hold = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const first = withFileLock(path, {}, async () => {
    entered.resolve()
    await hold.promise
    log.push('first done')
  })
  await entered.promise
  const onWait = (): Disposable => {
    log.push('waiting')
    hold.resolve()
    return { [Symbol.dispose]: () => log.push('no longer waiting') }
  }
  await withFileLock(path, { onWait }, async () => {
    log.push('second')
  })
  await first
  expect(log).toEqual(['waiting', 'first done', 'no longer waiting', 'second'])
  expect(existsSync(path)).toBe(false)
})

it('is free again after a failure', async () => {
  const path = await lockPath()
  await expect(withFileLock(path, {}, () => Promise.reject(new Error('no compiler')))).rejects.toThrow('no compiler')
  await expect(withFileLock(path, {}, () => Promise.resolve('done'))).resolves.toBe('done')
})

it('takes over the lock of a process that is gone', async () => {
  const path = await lockPath()
  const { pid } = spawnSync(process.execPath, ['--version'])
  await writeFile(path, JSON.stringify({ pid, host: hostname() }))
  await expect(withFileLock(path, {}, () => Promise.resolve('done'))).resolves.toBe('done')
})

it('takes over a lock of another host that nobody refreshes', async () => {
  const path = await lockPath()
  await writeFile(path, JSON.stringify({ pid: process.pid, host: 'elsewhere' }))
  const aMinuteAgo = new Date(Date.now() - 60_000)
  await utimes(path, aMinuteAgo, aMinuteAgo)
  await expect(withFileLock(path, {}, () => Promise.resolve('done'))).resolves.toBe('done')
})
