import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  /** The exit code; 128 and more when a signal ended the command. */
  readonly code: number
}

export interface CommandOptions {
  readonly cwd?: string
  /** The whole environment. @default that of this process */
  readonly env?: NodeJS.ProcessEnv
  /** Written to the command's stdin, which is empty otherwise. */
  readonly input?: string
  /** Ends the command by SIGKILL, and the promise by the signal's reason. */
  readonly signal?: AbortSignal
}

/** Runs a command to its end, whatever its exit code. @throws when it cannot be started. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { input = '', cwd, env, signal } = options
  const child = spawn(file, args, { cwd, env, signal, killSignal: 'SIGKILL', stdio: 'pipe' })
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 128))
  })
  // A command that does not read its input ends it early: its exit code tells more than EPIPE.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { stdout, stderr, code }
}
