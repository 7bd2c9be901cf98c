import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { findFreePorts } from './free-ports.ts'
import { PortTakenError, retryWhenPortTaken, startServer } from './server-process.ts'
import { startSupervisor, type SupervisedProcess, type Supervisor } from './supervisor.ts'

const stack = new AsyncDisposableStack()
let supervisor: Supervisor

beforeAll(async () => {
  supervisor = stack.use(await startSupervisor())
})
afterAll(() => stack.disposeAsync())

/** Starts Node with a script. */
function start(name: string, script: string, options: { readyMilliseconds?: number } = {}): Promise<SupervisedProcess> {
  return startServer(supervisor, {
    name,
    file: process.execPath,
    args: ['-e', script],
    logPath: join(supervisor.directory, `${name}.log`),
    isReady: () => Promise.resolve(false),
    ...options,
  })
}

it('tells the end of the log of a server that ends', async () => {
  await expect(start('broken', `console.error('the reason'); process.exit(1)`)).rejects.toThrow(
    /broken ended before it was ready\. End of its log:\nthe reason/,
  )
})

it('stops a server that does not get ready', async () => {
  await expect(start('slow', 'setInterval(() => {}, 1000)', { readyMilliseconds: 300 })).rejects.toThrow(
    'slow was not ready within 0.3 s',
  )
  // Its name is free again: nothing of it is left.
  await expect(start('slow', 'process.exit(0)')).rejects.toThrow('ended before it was ready')
})

it('tries other ports when somebody was quicker', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const taken = (other.address() as AddressInfo).port
  const listenOn = (port: number): string => `require('net').createServer().listen(${port}, '127.0.0.1')`
  const attempts: number[] = []
  try {
    await expect(
      retryWhenPortTaken(async () => {
        attempts.push(taken)
        return start('late', attempts.length < 3 ? listenOn(taken) : 'process.exit(0)')
      }),
    ).rejects.toThrow('ended before')
    await expect(start('late', listenOn(taken))).rejects.toThrow(PortTakenError)
  } finally {
    other.close()
  }
  expect(attempts).toHaveLength(3)
})

it('finds adjacent ports', async () => {
  const [first = 0, second, third] = await findFreePorts(3)
  expect([second, third]).toEqual([first + 1, first + 2])
})
