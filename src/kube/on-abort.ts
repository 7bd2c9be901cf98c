/** Calls `callback` when the signal aborts, or now if it has. Dispose it to be called no more: signals may live as long as the process. */
export function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) callback()
  else signal.addEventListener('abort', callback, { once: true })
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', callback) }
}

/** Resolves when the signal aborts. For signals that live no longer than who waits: it listens until then. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    onAbort(signal, resolve)
  })
}
