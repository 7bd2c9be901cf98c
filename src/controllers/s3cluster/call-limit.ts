import type { AuditWebhookProvider, CallOptions } from '../../providers/provider.ts'

/**
 * The provider with at most `limit` calls at a time; further ones wait in line and leave it when aborted. The question who the
 * cluster is does not stand in line: that it hangs is found out beside the calls that hang.
 */
export function limitCalls(provider: AuditWebhookProvider, limit: number): AuditWebhookProvider {
  let free = limit
  const waiting: (() => void)[] = []

  async function limited<T>(options: CallOptions, call: () => Promise<T>): Promise<T> {
    await turn(options.signal)
    try {
      return await call()
    } finally {
      // The slot goes straight to the next in line, so that a newcomer cannot overtake.
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }

  function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (free > 0) {
      free--
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(onTurn), 1)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.push(onTurn)
    })
  }

  const delivery = provider.delivery?.bind(provider)
  return {
    identify: (options) => provider.identify(options),
    read: (webhook, options) => limited(options, () => provider.read(webhook, options)),
    apply: (webhook, desired, options) => limited(options, () => provider.apply(webhook, desired, options)),
    remove: (webhook, options) => limited(options, () => provider.remove(webhook, options)),
    ...(delivery === undefined
      ? {}
      : { delivery: (webhook, options) => limited(options, () => delivery(webhook, options)) }),
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  }
}
