import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The operator as its own process, started as a user starts it. */
export interface OperatorProcess extends AsyncDisposable {
  readonly pid: number
  /** What it was started with, for people to repeat. */
  readonly command: string
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/**
 * Starts the operator through its entry point; its log goes to `logPath`. Disposing sends SIGTERM and waits for the end.
 * @throws Error when the process cannot be started.
 */
export async function startOperatorProcess(options: {
  readonly args: readonly string[]
  readonly logPath: string
}): Promise<OperatorProcess> {
  const log = createWriteStream(options.logPath, { flags: 'a' })
  const child = spawn(process.execPath, [main, ...options.args], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.pipe(log)
  child.stderr.pipe(log)
  const ended = once(child, 'exit')
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    command: ['npm start --', ...options.args].join(' '),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
      log.end()
    },
  }
}
