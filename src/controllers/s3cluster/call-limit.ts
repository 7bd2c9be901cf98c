import { createWaitingLine, inTurn, type WaitingLine } from '../../kube/waiting-line.ts'
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
  return new LimitedProvider(provider, createWaitingLine(limit))
}

/** A class, since there are as many as clusters: closures for each would be half a kilobyte. What the provider lacks is not there. */
class LimitedProvider implements AuditWebhookProvider {
  readonly #provider: AuditWebhookProvider
  readonly #line: WaitingLine
  declare readonly delivery?: NonNullable<AuditWebhookProvider['delivery']>
  declare readonly eventRate?: NonNullable<AuditWebhookProvider['eventRate']>

  constructor(provider: AuditWebhookProvider, line: WaitingLine) {
    this.#provider = provider
    this.#line = line
    const delivery = provider.delivery?.bind(provider)
    const eventRate = provider.eventRate?.bind(provider)
    if (delivery !== undefined) {
      this.delivery = (webhook, options) => inTurn(line, options.signal, () => delivery(webhook, options))
    }
    if (eventRate !== undefined) this.eventRate = (options) => inTurn(line, options.signal, () => eventRate(options))
  }

  identify(options: CallOptions): Promise<ClusterIdentity> {
    return this.#provider.identify(options)
  }

  read(webhook: WebhookKey, options: CallOptions): Promise<ObservedWebhook> {
    return inTurn(this.#line, options.signal, () => this.#provider.read(webhook, options))
  }

  apply(webhook: WebhookKey, desired: DesiredWebhook, options: CallOptions): Promise<void> {
    return inTurn(this.#line, options.signal, () => this.#provider.apply(webhook, desired, options))
  }

  remove(webhook: WebhookKey, options: CallOptions): Promise<void> {
    return inTurn(this.#line, options.signal, () => this.#provider.remove(webhook, options))
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#provider[Symbol.asyncDispose]()
  }
}
