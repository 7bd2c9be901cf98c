import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Functions of another process, by name: one argument, one answer, both plain data. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>

/** A process of its own, so that what it does is measured apart from everything else. Disposing ends it. */
export interface Worker<H extends Handlers> extends AsyncDisposable {
  readonly pid: number
  /** @throws Error with what the process said, or when it is gone. */
  call<K extends keyof H & string>(method: K, argument: Parameters<H[K]>[0]): Promise<Awaited<ReturnType<H[K]>>>
}

interface Question {
  readonly id: number
  readonly method: string
  readonly argument: unknown
}

type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly problem: string })

/** Starts `file` of the caller's folder; it is to call `serveParent`. */
export async function startWorker<H extends Handlers>(file: URL, args: readonly string[] = []): Promise<Worker<H>> {
  const child = fork(fileURLToPath(file), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let nextId = 0
  child.on('message', (answer: Answer) => {
    const question = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('problem' in answer) question?.reject(new Error(answer.problem))
    else question?.resolve(answer.value)
  })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values()) reject(new Error(`${file.pathname} ended: ${code ?? signal}`))
      waiting.clear()
      resolve()
    })
  })
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    call<K extends keyof H & string>(method: K, argument: Parameters<H[K]>[0]) {
      const id = nextId++
      const answer = Promise.withResolvers<unknown>()
      waiting.set(id, answer)
      child.send({ id, method, argument } satisfies Question)
      return answer.promise as Promise<Awaited<ReturnType<H[K]>>>
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    },
  }
}

/** Answers the process that started this one, and ends with it. */
export function serveParent(handlers: Handlers): void {
  process.on('disconnect', () => process.exit())
  process.on('message', ({ id, method, argument }: Question) => {
    const handler = handlers[method] as ((argument: unknown) => unknown) | undefined
    if (handler === undefined) throw new Error(`There is no method ${method}`)
    void (async () => {
      try {
        process.send?.({ id, value: await handler(argument) } satisfies Answer)
      } catch (error) {
        process.send?.({ id, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      }
    })()
  })
}
