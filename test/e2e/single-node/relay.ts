import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'

/** A port on this machine's loopback interface that leads into another network namespace. */
export interface Relay extends AsyncDisposable {
  readonly port: number
}

export interface RelayOptions {
  /** A process in the namespace. */
  readonly pid: number
  /** Where connections lead, as seen from there. */
  readonly host: string
  readonly port: number
}

/**
 * Listens here and connects there: a socket stays in the namespace that it was made in, so that a process over there can serve a
 * port of ours. No interface or route of this machine is needed for it. It ends with this process.
 */
export async function startRelay({ pid, host, port }: RelayOptions): Promise<Relay> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: ownPort } = server.address() as AddressInfo
  const { NODE_OPTIONS: _options, ...env } = process.env
  const child = fork(join(import.meta.dirname, 'relay-process.ts'), [host, String(port)], {
    execPath: 'nsenter',
    execArgv: ['--target', String(pid), '--net', '--', process.execPath],
    env,
    // What a terminal sends on Ctrl-C is for those who started it.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [answer] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('The relay into the network namespace has ended')
    }),
    new Promise<never>((_resolve, reject) => {
      child.send('listen', server, (error) => {
        if (error !== null) reject(error)
      })
    }),
  ])) as [unknown]
  if (answer !== 'listening') throw new Error('The relay into the network namespace does not listen')
  // The other process has the port now: both would take connections.
  server.close()
  return {
    port: ownPort,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
