import { createWaitingLine, inTurn, type WaitingLine } from '../../observability/waiting-line.ts'
import type {
  AuditWebhookProvider,
  CallOptions,
  ClusterIdentity,
  DeliveryOptions,
  DeliveryReport,
  DesiredWebhook,
  ObservedWebhook,
  WebhookKey,
} from '../../providers/provider.ts'

type Tells<K extends 'delivery' | 'eventRate'> = AuditWebhookProvider & Required<Pick<AuditWebhookProvider, K>>

/**
 * The provider with at most `limit` calls at a time; further ones wait in line and leave it when aborted. The question who the
 * cluster is does not stand in line: that it hangs is found out beside the calls that hang.
 */
export function limitCalls(provider: AuditWebhookProvider, limit: number): AuditWebhookProvider {
  const line = createWaitingLine(limit)
  if (tellsDelivery(provider)) return new LimitedDeliveryProvider(provider, line)
  return tellsRate(provider) ? new LimitedRateProvider(provider, line) : new LimitedProvider(provider, line)
}

function tellsDelivery(provider: AuditWebhookProvider): provider is Tells<'delivery'> {
  return provider.delivery !== undefined
}

function tellsRate(provider: AuditWebhookProvider): provider is Tells<'eventRate'> {
  return provider.eventRate !== undefined
}

/** Classes, since there are as many as clusters: closures for each would be half a kilobyte. What the provider lacks is not there. */
class LimitedProvider<P extends AuditWebhookProvider> implements AuditWebhookProvider {
  protected readonly provider: P
  protected readonly line: WaitingLine

  constructor(provider: P, line: WaitingLine) {
    this.provider = provider
    this.line = line
  }

  identify(options: CallOptions): Promise<ClusterIdentity> {
    return this.provider.identify(options)
  }

  read(webhook: WebhookKey, options: CallOptions): Promise<ObservedWebhook> {
    return inTurn(this.line, options.signal, () => this.provider.read(webhook, options))
  }

  apply(webhook: WebhookKey, desired: DesiredWebhook, options: CallOptions): Promise<void> {
    return inTurn(this.line, options.signal, () => this.provider.apply(webhook, desired, options))
  }

  remove(webhook: WebhookKey, options: CallOptions): Promise<void> {
    return inTurn(this.line, options.signal, () => this.provider.remove(webhook, options))
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.provider[Symbol.asyncDispose]()
  }
}

class LimitedDeliveryProvider extends LimitedProvider<Tells<'delivery'>> implements Tells<'delivery'> {
  delivery(webhook: WebhookKey, options: DeliveryOptions): Promise<DeliveryReport> {
    return inTurn(this.line, options.signal, () => this.provider.delivery(webhook, options))
  }
}

/** Providers tell the rate only where deliveries do not: see `AuditWebhookProvider`. */
class LimitedRateProvider extends LimitedProvider<Tells<'eventRate'>> implements Tells<'eventRate'> {
  eventRate(options: CallOptions): Promise<number | undefined> {
    return inTurn(this.line, options.signal, () => this.provider.eventRate(options))
  }
}
