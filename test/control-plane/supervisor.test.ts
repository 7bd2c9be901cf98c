import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { expect, it } from 'vitest'

import { eventually } from '../support/eventually.ts'
import { isAlive } from './is-alive.ts'
import { pidFile, type RecordedProcesses } from './leftovers.ts'
import type { ProcessSpec } from './supervisor-protocol.ts'
import { startSupervisor, type Supervisor } from './supervisor.ts'

/** A server that heeds SIGTERM or not, and names the directory on its command line as real ones do. */
function idler(supervisor: Supervisor, name: string, onTerm = 'process.exit(7)'): ProcessSpec {
  const script = `process.on('SIGTERM', () => { ${onTerm} }); setInterval(() => {}, 1000); console.log('ready')`
  const logPath = join(supervisor.directory, `${name}.log`)
  return { name, file: process.execPath, args: ['-e', script, supervisor.directory], logPath }
}

async function untilLogged(spec: ProcessSpec): Promise<void> {
  await eventually(
    `${spec.name} is ready`,
    async () => (await readFile(spec.logPath, 'utf8')).includes('ready') || undefined,
  )
}

async function untilGone(pids: readonly number[], directory: string): Promise<void> {
  await eventually('all processes and the directory are gone', () => {
    return (!pids.some(isAlive) && !existsSync(directory)) || undefined
  })
}

it('stops a process, patiently but certainly', async () => {
  await using supervisor = await startSupervisor()
  const willing = idler(supervisor, 'willing')
  const stubborn = idler(supervisor, 'stubborn', '')
  const [first, second] = [await supervisor.start(willing), await supervisor.start(stubborn)]
  await untilLogged(willing)
  await untilLogged(stubborn)
  await Promise.all([first.stop(), second.stop()])
  await expect(first.exited).resolves.toEqual({ code: 7, signal: null })
  await expect(second.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' })
})

it('tells that a program cannot be started, and that a name is taken', async () => {
  await using supervisor = await startSupervisor()
  const spec = idler(supervisor, 'one')
  await expect(supervisor.start({ ...spec, file: '/nowhere/program' })).rejects.toThrow('ENOENT')
  await supervisor.start(spec)
  await expect(supervisor.start(spec)).rejects.toThrow('one is running already')
})

it('ends all with the directory when it is disposed of', async () => {
  const supervisor = await startSupervisor()
  const { pid } = await supervisor.start(idler(supervisor, 'one', ''))
  await supervisor[Symbol.asyncDispose]()
  expect(isAlive(pid)).toBe(false)
  expect(existsSync(supervisor.directory)).toBe(false)
})

it('ends a whole control plane when the process that started it is killed', async () => {
  const source = `
    import { startControlPlane } from ${JSON.stringify(join(import.meta.dirname, 'control-plane.ts'))}
    const { pids, address } = await startControlPlane({ controllerManager: true })
    console.log(JSON.stringify({ pids: Object.values(pids), directory: address.directory }))
    setInterval(() => {}, 1000)`
  const starter = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(starter.stdout), 'line')) as [string]
  const { pids, directory } = JSON.parse(line) as { pids: number[]; directory: string }
  expect(pids).toHaveLength(3)
  expect(pids.every(isAlive)).toBe(true)
  expect(existsSync(directory)).toBe(true)
  starter.kill('SIGKILL')
  await untilGone(pids, directory)
})

it('runs what it was told to clean up with after the processes have ended', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'supervisor-test-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const trace = join(folder, 'trace')
  const supervisor = await startSupervisor()
  const { pid } = await supervisor.start(idler(supervisor, 'one', ''))
  await supervisor.cleanUp({
    file: 'sh',
    args: ['-c', `kill -0 ${pid} && echo running >${trace} || echo ended >${trace}`],
  })
  await supervisor[Symbol.asyncDispose]()
  expect(await readFile(trace, 'utf8')).toBe('ended\n')
})

it('cleans up after a supervisor that was itself killed', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'supervisor-test-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const supervisor = await startSupervisor()
  await supervisor.cleanUp({ file: 'touch', args: [join(folder, 'cleaned')] })
  const { directory } = supervisor
  const { pid } = await supervisor.start(idler(supervisor, 'orphan', ''))
  const record = JSON.parse(await readFile(join(directory, pidFile), 'utf8')) as RecordedProcesses
  expect(record.children).toEqual([pid])
  process.kill(record.supervisor, 'SIGKILL')
  await eventually('the supervisor is gone', () => !isAlive(record.supervisor) || undefined)
  await using _next = await startSupervisor()
  await untilGone([pid], directory)
  expect(existsSync(join(folder, 'cleaned'))).toBe(true)
})
