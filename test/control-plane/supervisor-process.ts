import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { cleanUpMilliseconds, pidFile, type RecordedProcesses, removeLeftovers } from './leftovers.ts'
import type { CleanUp, ProcessSpec, StopSignal, SupervisorMessage, SupervisorRequest } from './supervisor-protocol.ts'

// Stands between the tests and the servers they start: it runs in a session of its own, and when the channel to the
// tests breaks, since they ended in whichever way, it kills the servers and removes their data. Node has no other means
// to tie the life of a child to its own.

const graceMilliseconds = 5000
const prefix = join(tmpdir(), 's3-audit-operator-')

/** In the order of their first start: the later ones depend on the earlier ones. */
const children = new Map<string, ChildProcess>()
const cleanUps: CleanUp[] = []

await removeLeftovers(prefix)
const directory = mkdtempSync(prefix)
record()

process.on('message', (request: SupervisorRequest) => {
  handle(request).catch((error: unknown) => {
    tell({ type: 'failed', id: request.id, message: error instanceof Error ? error.message : String(error) })
  })
})
process.once('disconnect', end)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
// The channel can have broken before the listener stood.
if (process.connected) tell({ type: 'ready', directory })
else end()

async function handle(request: SupervisorRequest): Promise<void> {
  switch (request.type) {
    case 'start':
      tell({ type: 'started', id: request.id, pid: await start(request.process) })
      return
    case 'stop':
      await stop(request.name, request.signal)
      tell({ type: 'stopped', id: request.id })
      return
    case 'cleanUp':
      cleanUps.push(request.cleanUp)
      record()
      tell({ type: 'noted', id: request.id })
  }
}

async function start(spec: ProcessSpec): Promise<number> {
  const previous = children.get(spec.name)
  if (previous !== undefined && !hasExited(previous)) throw new Error(`${spec.name} is running already: stop it first`)
  const log = openSync(spec.logPath, 'a')
  const env = { ...process.env, ...spec.env }
  const child = spawn(spec.file, spec.args, { stdio: ['ignore', log, log], env, cwd: directory })
  closeSync(log)
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  children.set(spec.name, child)
  record()
  child.once('exit', (code, signal) => tell({ type: 'exited', pid, code, signal }))
  return pid
}

async function stop(name: string, signal: StopSignal): Promise<void> {
  const child = children.get(name)
  if (child === undefined || hasExited(child)) return
  const exited = once(child, 'exit')
  child.kill(signal)
  // An API server whose etcd has gone does not heed SIGTERM.
  const impatience = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds)
  await exited
  clearTimeout(impatience)
}

/** Nothing of the servers is kept, so that a graceful end would only take longer. */
function end(): void {
  const running = [...children.values()].filter((child) => !hasExited(child)).toReversed()
  const exits = running.map((child) => once(child, 'exit'))
  for (const child of running) child.kill('SIGKILL')
  void Promise.all(exits).finally(() => {
    for (const { file, args } of cleanUps) spawnSync(file, args, { stdio: 'ignore', timeout: cleanUpMilliseconds })
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    process.exit(0)
  })
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** For the case that the supervisor itself is killed: the next one cleans up. */
function record(): void {
  const pids = [...children.values()].flatMap((child) => child.pid ?? [])
  const recorded: RecordedProcesses = { supervisor: process.pid, children: pids, cleanUps }
  writeFileSync(join(directory, pidFile), JSON.stringify(recorded))
}

function tell(message: SupervisorMessage): void {
  // Without a channel there is nobody to tell: the end is under way.
  if (process.connected) process.send?.(message, () => undefined)
}
