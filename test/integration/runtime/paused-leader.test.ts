import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { startLeaseServer } from '../../support/lease-server.ts'

const worker = fileURLToPath(new URL('leading-worker.ts', import.meta.url))
/** Longer than the worker's renew deadline. */
const stoppedMilliseconds = 3_500

test('a process that was stopped past its renew deadline begins nothing whose time had come meanwhile', async () => {
  const leases = await startLeaseServer()
  onTestFinished(() => leases[Symbol.asyncDispose]())
  const folder = await mkdtemp(join(tmpdir(), 'paused-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, leases.server.kubeConfig().exportConfig())

  const child = spawn(process.execPath, [worker, kubeconfig], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let begun = ''
  child.stdout.on('data', (chunk: Buffer) => (begun += chunk.toString()))
  const ended = once(child, 'close')
  await eventually('the first work', () => (begun === '' ? undefined : true))
  child.kill('SIGSTOP')
  await sleep(stoppedMilliseconds)
  const before = begun
  child.kill('SIGCONT')
  expect(await ended).toEqual([3, null])
  expect(begun).toBe(before)
})
