import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ProcessSpec } from './supervisor-protocol.ts'
import type { SupervisedProcess, Supervisor } from './supervisor.ts'

export interface ServerSpec extends ProcessSpec {
  /**
   * Asked again and again until it says true; may throw as long as the server is not there, and must not wait for ever.
   * It must not take another server for this one, since that may have got the port.
   */
  readonly isReady: () => Promise<boolean>
  /** @default 60000 */
  readonly readyMilliseconds?: number
  readonly signal?: AbortSignal | undefined
}

/** The server ended before it was ready because something else listens on its port. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
}

const pollPeriod = 25
/** For servers in Go that run for seconds: a third of what their start costs goes into collecting a small heap. */
const rareCollections = { GOGC: '400' }

/**
 * Starts a server and waits until it is ready.
 *
 * @throws {PortTakenError} then call again with other ports.
 * @throws {Error} with the end of the server's log.
 */
export async function startServer(supervisor: Supervisor, spec: ServerSpec): Promise<SupervisedProcess> {
  const { isReady, readyMilliseconds = 60_000, signal, ...processSpec } = spec
  const before = await readLog(spec)
  const server = await supervisor.start({ ...processSpec, env: { ...rareCollections, ...spec.env } })
  let ended = false
  const exited = server.exited.then(() => {
    ended = true
    return false
  })
  const deadline = performance.now() + readyMilliseconds
  for (;;) {
    if (ended) throw await startFailure(spec, before, 'ended before it was ready')
    if (signal?.aborted === true || performance.now() > deadline) {
      await server.stop('SIGKILL')
      signal?.throwIfAborted()
      throw await startFailure(spec, before, `was not ready within ${readyMilliseconds / 1000} s`)
    }
    if (await Promise.race([exited, isReady().catch(() => false)])) return server
    await Promise.race([exited, sleep(pollPeriod)])
  }
}

/** A log goes on over several starts: only what follows `before` tells about this one. */
async function startFailure(spec: ServerSpec, before: string, what: string): Promise<Error> {
  const log = (await readLog(spec)).slice(before.length)
  if (/(address|port\b.*) (is )?already in use/i.test(log)) return new PortTakenError(`${spec.name}: port taken`)
  return new Error(`${spec.name} ${what}. End of its log:\n${log.trimEnd().split('\n').slice(-15).join('\n')}`)
}

function readLog({ logPath }: ServerSpec): Promise<string> {
  return readFile(logPath, 'utf8').catch(() => '')
}

/** Calls `start` with new ports as long as others are quicker to take them. */
export async function retryWhenPortTaken<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start()
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === 5) throw error
    }
  }
}
