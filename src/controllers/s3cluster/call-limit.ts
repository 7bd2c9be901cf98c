import type {
  AuditWebhookProvider,
  CallOptions,
  ClusterIdentity,
  DesiredWebhook,
  ObservedWebhook,
  WebhookKey,
} from '../../providers/provider.ts'

/**
 * The provider with at most `limit` calls at a time; further ones wait in line and leave it when aborted. The question who the
 * cluster is does not stand in line: that it hangs is found out beside the calls that hang.
 */
export function limitCalls(provider: AuditWebhookProvider, limit: number): AuditWebhookProvider {
  return new LimitedProvider(provider, { free: limit, waiting: [] })
}

/** A class, since there are as many as clusters: closures for each would be half a kilobyte. What the provider lacks is not there. */
class LimitedProvider implements AuditWebhookProvider {
  readonly #provider: AuditWebhookProvider
  readonly #line: Line
  declare readonly delivery?: NonNullable<AuditWebhookProvider['delivery']>
  declare readonly eventRate?: NonNullable<AuditWebhookProvider['eventRate']>

  constructor(provider: AuditWebhookProvider, line: Line) {
    this.#provider = provider
    this.#line = line
    const delivery = provider.delivery?.bind(provider)
    const eventRate = provider.eventRate?.bind(provider)
    if (delivery !== undefined) {
      this.delivery = (webhook, options) => inTurn(line, options, () => delivery(webhook, options))
    }
    if (eventRate !== undefined) this.eventRate = (options) => inTurn(line, options, () => eventRate(options))
  }

  identify(options: CallOptions): Promise<ClusterIdentity> {
    return this.#provider.identify(options)
  }

  read(webhook: WebhookKey, options: CallOptions): Promise<ObservedWebhook> {
    return inTurn(this.#line, options, () => this.#provider.read(webhook, options))
  }

  apply(webhook: WebhookKey, desired: DesiredWebhook, options: CallOptions): Promise<void> {
    return inTurn(this.#line, options, () => this.#provider.apply(webhook, desired, options))
  }

  remove(webhook: WebhookKey, options: CallOptions): Promise<void> {
    return inTurn(this.#line, options, () => this.#provider.remove(webhook, options))
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#provider[Symbol.asyncDispose]()
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
