/** The reason of an interrupted call: what it was for has changed, and another pass over the object is due. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** Calls that need not be waited for when their object is deleted meanwhile. */
export interface Interruptions {
  /**
   * Runs one call for the object; at most one at a time for each key.
   * @throws InterruptedError when it was interrupted and the call ends with the reason of its signal; else what `work` throws.
   */
  run<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Ends the call for the object, if there is one. */
  interrupt(key: string): void
}

export function createInterruptions(): Interruptions {
  const running = new Map<string, AbortController>()
  return {
    async run(key, signal, work) {
      signal.throwIfAborted()
      const call = new AbortController()
      const onAbort = (): void => call.abort(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      running.set(key, call)
      try {
        return await work(call.signal)
      } finally {
        running.delete(key)
        signal.removeEventListener('abort', onAbort)
      }
    },
    interrupt(key) {
      running.get(key)?.abort(new InterruptedError('The object is being deleted'))
    },
  }
}
