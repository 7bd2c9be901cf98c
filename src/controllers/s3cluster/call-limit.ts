import type { AuditWebhookProvider, CallOptions } from '../../providers/provider.ts'

/**
 * The provider with at most `limit` calls at a time; further ones wait in line and leave it when aborted. The question who the
 * cluster is does not stand in line: that it hangs is found out beside the calls that hang.
 */
export function limitCalls(provider: AuditWebhookProvider, limit: number): AuditWebhookProvider {
  const line: Line = { free: limit, waiting: [] }
  const limited: AuditWebhookProvider = {
    identify: (options) => provider.identify(options),
    read: (webhook, options) => inTurn(line, options, () => provider.read(webhook, options)),
    apply: (webhook, desired, options) => inTurn(line, options, () => provider.apply(webhook, desired, options)),
    remove: (webhook, options) => inTurn(line, options, () => provider.remove(webhook, options)),
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  }
  const delivery = provider.delivery?.bind(provider)
  const eventRate = provider.eventRate?.bind(provider)
  return {
    ...limited,
    ...(delivery === undefined
      ? {}
      : { delivery: (webhook, options) => inTurn(line, options, () => delivery(webhook, options)) }),
    ...(eventRate === undefined ? {} : { eventRate: (options) => inTurn(line, options, () => eventRate(options)) }),
  }
}

/** Free slots, and who waits for one. */
interface Line {
  free: number
  readonly waiting: (() => void)[]
}

async function inTurn<T>(line: Line, options: CallOptions, call: () => Promise<T>): Promise<T> {
  await turn(line, options.signal)
  try {
    return await call()
  } finally {
    // The slot goes straight to the next in line, so that a newcomer cannot overtake.
    const next = line.waiting.shift()
    if (next === undefined) line.free++
    else next()
  }
}

function turn(line: Line, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (line.free > 0) {
    line.free--
    return Promise.resolve()
  }
  return new Promise((resolve, reject) => {
    const onTurn = (): void => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }
    const onAbort = (): void => {
      line.waiting.splice(line.waiting.indexOf(onTurn), 1)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    line.waiting.push(onTurn)
  })
}
