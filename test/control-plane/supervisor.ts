import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import type { CleanUp, ProcessSpec, StopSignal, SupervisorMessage, SupervisorRequest } from './supervisor-protocol.ts'

export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
}

export interface SupervisedProcess {
  readonly pid: number
  readonly exited: Promise<ProcessExit>
  /** Resolves when the process is gone. @default SIGTERM, and SIGKILL 5 s later */
  stop(signal?: StopSignal): Promise<void>
}

/**
 * Starts servers that cannot outlive this process: they and the directory go on disposal, and also when this process
 * crashes or is killed.
 */
export interface Supervisor extends AsyncDisposable {
  /** An absolute path, for data, logs and keys of the servers. */
  readonly directory: string
  /** Resolves when the process runs, which says nothing of its health. @throws when it cannot be started. */
  start(process: ProcessSpec): Promise<SupervisedProcess>
  /** Has a program run once all processes have ended, in whichever way; when the supervisor is killed, the next one runs it. */
  cleanUp(cleanUp: CleanUp): Promise<void>
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

export async function startSupervisor(): Promise<Supervisor> {
  const channel = openChannel()
  const directory = await channel.ready
  return {
    directory,
    async start(spec) {
      const { pid, exited } = await channel.start(spec)
      return {
        pid,
        exited,
        async stop(signal = 'SIGTERM') {
          await channel.request({ type: 'stop', name: spec.name, signal })
          await exited
        },
      }
    },
    async cleanUp(cleanUp) {
      await channel.request({ type: 'cleanUp', cleanUp })
    },
    async [Symbol.asyncDispose]() {
      await channel.end()
    },
  }
}

interface Channel {
  readonly ready: Promise<string>
  request(request: WithoutId<SupervisorRequest>): Promise<SupervisorMessage>
  start(spec: ProcessSpec): Promise<{ pid: number; exited: Promise<ProcessExit> }>
  end(): Promise<void>
}

function openChannel(): Channel {
  // Options meant for the tests, such as loaders, do not hold for the supervisor.
  const { NODE_OPTIONS: _options, ...env } = process.env
  const script = join(import.meta.dirname, 'supervisor-process.ts')
  const child = fork(script, { detached: true, execArgv: [], env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const waiting = new Map<number, PromiseWithResolvers<SupervisorMessage>>()
  const exits = new Map<number, PromiseWithResolvers<ProcessExit>>()
  const ready = Promise.withResolvers<string>()
  let lastId = 0

  const settle = (id: number): PromiseWithResolvers<SupervisorMessage> | undefined => {
    const request = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) release(child)
    return request
  }

  child.on('message', (message: SupervisorMessage) => {
    switch (message.type) {
      case 'ready':
        release(child)
        ready.resolve(message.directory)
        return
      case 'exited':
        exits.get(message.pid)?.resolve({ code: message.code, signal: message.signal })
        return
      case 'failed':
        settle(message.id)?.reject(new Error(message.message))
        return
      case 'started':
        // Here, and not when the promise has resolved: the next message can be the exit.
        exits.set(message.pid, Promise.withResolvers<ProcessExit>())
        settle(message.id)?.resolve(message)
        return
      case 'stopped':
      case 'noted':
        settle(message.id)?.resolve(message)
    }
  })
  child.once('exit', (code, signal) => {
    const gone = new Error(`The supervisor of the test servers has ended (${signal ?? `exit code ${code}`})`)
    ready.reject(gone)
    for (const request of waiting.values()) request.reject(gone)
    waiting.clear()
  })

  const request: Channel['request'] = (body) => {
    const id = ++lastId
    const answer = Promise.withResolvers<SupervisorMessage>()
    waiting.set(id, answer)
    hold(child)
    child.send({ ...body, id }, (error) => {
      if (error !== null) settle(id)?.reject(error)
    })
    return answer.promise
  }
  return {
    ready: ready.promise,
    request,
    async start(spec) {
      const answer = await request({ type: 'start', process: spec })
      const exit = answer.type === 'started' ? exits.get(answer.pid) : undefined
      if (answer.type !== 'started' || exit === undefined) throw new Error(`'${answer.type}' is no answer to a start`)
      return { pid: answer.pid, exited: exit.promise }
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      hold(child)
      child.disconnect()
      await exited
    },
  }
}

/** Keeps this process running while it waits for an answer, and only then. */
function hold(child: ChildProcess): void {
  child.ref()
  child.channel?.ref()
}

function release(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}
