import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { nodeEnvironment, nodeFlags } from '../scripts/node-flags.ts'

/** The operator as its own process, started as a user starts it. */
export interface OperatorProcess extends AsyncDisposable {
  readonly pid: number
  /** What it was started with, for people to repeat. */
  readonly command: string
  /** Ends it by SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

const source = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/**
 * Starts the operator through its entry point with the flags of `npm start`; its log goes to `logPath`. Disposing sends SIGTERM and waits for the end.
 * @throws Error when the process cannot be started.
 */
export async function startOperatorProcess(options: {
  readonly args: readonly string[]
  readonly logPath: string
  /** Path of the entry point. @default src/main.ts */
  readonly entry?: string
}): Promise<OperatorProcess> {
  const log = await open(options.logPath, 'a')
  // The file itself, not a pipe through this process: whatever was written before a hard end is there.
  const child = spawn(process.execPath, [...nodeFlags, options.entry ?? source, ...options.args], {
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...process.env,
      ...Object.fromEntries(nodeEnvironment.map((word) => word.split('=', 2) as [string, string])),
    },
  })
  try {
    await once(child, 'spawn')
  } finally {
    await log.close()
  }
  const ended = once(child, 'exit')
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  return {
    pid: child.pid ?? 0,
    command: ['npm start --', ...options.args].join(' '),
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGTERM'),
  }
}
