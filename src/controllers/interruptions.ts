/** The reason of an interrupted call: its result is of no use any more, and another pass over the object is due. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** Calls that need not be waited for when their object is deleted meanwhile. */
export interface Interruptions {
  /**
   * Runs one call for the object; at most one at a time for each key.
   * @throws InterruptedError when the call is pointless, or becomes so and ends with the reason of its signal; else what `work`
   * throws.
   */
  run<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** To be called after each change that can make calls for the object pointless, when another pass over it is due. */
  review(key: string): void
}

/** @param isPointless whether a call for the object with this key is of no use any more. */
export function createInterruptions(isPointless: (key: string) => boolean): Interruptions {
  const running = new Map<string, AbortController>()
  const interrupted = (): InterruptedError => new InterruptedError('The object is being deleted')
  return {
    async run(key, signal, work) {
      signal.throwIfAborted()
      // The change may have come after the pass had read the object and before there was anything to interrupt.
      if (isPointless(key)) throw interrupted()
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
    review(key) {
      if (running.has(key) && isPointless(key)) running.get(key)?.abort(interrupted())
    },
  }
}
