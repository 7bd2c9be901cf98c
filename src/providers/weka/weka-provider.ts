import type { Clock } from '../../kube/clock.ts'
import type { Logger } from '../../kube/logger.ts'
import type { HttpClient } from '../../net/http-client.ts'
import { ProviderError } from '../provider-error.ts'
import type {
  AuditWebhookProvider,
  CallOptions,
  ClusterIdentity,
  DesiredWebhook,
  ObservedWebhook,
  WebhookKey,
} from '../provider.ts'
import { changeWebhook } from './change-webhook.ts'
import type { WekaCredentials } from './credentials.ts'
import { type EventRateMemory, newEventRateMemory, readEventRate } from './event-rate.ts'
import { createForeignChanges, type ForeignChangesMemory } from './foreign-changes.ts'
import { createManagementApi, type EndpointMemory, newEndpointMemory } from './management-api.ts'
import { createSessionHolder, newSessionMemory, type SessionMemory } from './session.ts'
import { createWekaClient } from './weka-client.ts'

export interface WekaProviderOptions {
  /** Base URLs of the management API, at least one, as parseWekaCredentials gives them. */
  readonly endpoints: readonly URL[]
  readonly credentials: WekaCredentials
  readonly httpClient: HttpClient
  /** Per API call. `enable` was given a minute by WEKA's own CLI. */
  readonly requestTimeoutMilliseconds: number
  readonly clock: Clock
  readonly random: () => number
  readonly logger?: Logger
}

/** What the operator asks of any provider; WEKA tells nothing about delivery. */
type WekaCalls = Required<Omit<AuditWebhookProvider, 'delivery'>>

/** What stays between calls. */
interface WekaMemory {
  readonly endpoint: EndpointMemory
  readonly session: SessionMemory
  readonly foreignChanges: ForeignChangesMemory
  readonly eventRate: EventRateMemory
}

/**
 * The provider for WEKA, by its REST API version 2 (release 4.2 and later). A cluster has one webhook, so keys are ignored; it has
 * no removal, so that is switching off; and it tells nothing about delivery.
 * @throws RangeError without endpoints.
 */
export function createWekaProvider({ endpoints, ...options }: WekaProviderOptions): AuditWebhookProvider {
  return new WekaProvider(
    options,
    // A text is a third of a URL.
    endpoints.map(({ href }) => href),
    {
      endpoint: newEndpointMemory(endpoints.length, options.random),
      session: newSessionMemory(),
      foreignChanges: { since: undefined },
      eventRate: newEventRateMemory(),
    },
  )
}

/**
 * Thousands of providers wait most of the time: between calls each is no more than its options and what it remembers. A class, since
 * closures for each of them would be half a kilobyte.
 */
class WekaProvider implements WekaCalls {
  readonly #options: Omit<WekaProviderOptions, 'endpoints'>
  readonly #addresses: readonly string[]
  readonly #memory: WekaMemory

  constructor(options: Omit<WekaProviderOptions, 'endpoints'>, addresses: readonly string[], memory: WekaMemory) {
    this.#options = options
    this.#addresses = addresses
    this.#memory = memory
  }

  #calls(): WekaCalls {
    const endpoints = this.#addresses.map((address) => new URL(address))
    return createWekaCalls({ ...this.#options, endpoints }, this.#memory)
  }

  identify(options: CallOptions): Promise<ClusterIdentity> {
    return this.#calls().identify(options)
  }

  read(webhook: WebhookKey, options: CallOptions): Promise<ObservedWebhook> {
    return this.#calls().read(webhook, options)
  }

  apply(webhook: WebhookKey, desired: DesiredWebhook, options: CallOptions): Promise<void> {
    return this.#calls().apply(webhook, desired, options)
  }

  remove(webhook: WebhookKey, options: CallOptions): Promise<void> {
    return this.#calls().remove(webhook, options)
  }

  eventRate(options: CallOptions): Promise<number | undefined> {
    return this.#calls().eventRate(options)
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#calls()[Symbol.asyncDispose]()
  }
}

function createWekaCalls(options: WekaProviderOptions, memory: WekaMemory): WekaCalls {
  const { credentials, clock, logger } = options
  const api = createManagementApi({ ...options, logger, memory: memory.endpoint })
  const sessions = createSessionHolder({ api, credentials, clock, logger, memory: memory.session })
  const client = createWekaClient(api, sessions)
  const foreign = createForeignChanges(client, memory.foreignChanges)

  async function enable(desired: DesiredWebhook, signal: AbortSignal): Promise<void> {
    const { endpoint, authorization } = desired
    if (authorization === undefined) {
      throw new ProviderError(
        'InvalidSpec',
        'A WEKA cluster takes no audit webhook without a token. Set `spec.authTokenSecretRef`.',
      )
    }
    await foreign.begin(signal)
    await changeWebhook({
      client,
      clock,
      logger,
      signal,
      async send(signal) {
        foreign.expectOne()
        await client.enable({ endpoint, authToken: authorization.reveal() }, signal)
      },
      async isDone(webhook, signal) {
        if (webhook.state === 'Absent' || !webhook.enabled || webhook.endpoint !== endpoint) return false
        if (webhook.token.kind === 'Shown') return webhook.token.value.equals(authorization)
        // A hidden token proves nothing about a rotation; without an event a second `enable` is the lesser evil.
        return webhook.token.kind === 'Hidden' && (await foreign.tookEffect(signal))
      },
    })
  }

  async function read(signal: AbortSignal): Promise<ObservedWebhook> {
    const webhook = await client.webhook(signal)
    if (webhook.state === 'Absent' || webhook.token.kind !== 'Hidden') return webhook
    return { ...webhook, token: { kind: 'Hidden', setElsewhere: await foreign.seen(signal) } }
  }

  async function disable(signal: AbortSignal): Promise<void> {
    await changeWebhook({
      client,
      clock,
      logger,
      signal,
      send: disableOnce,
      isDone: async (webhook) => isOff(webhook),
    })
  }

  /** Nothing documents how the cluster answers when the webhook is off already. */
  async function disableOnce(signal: AbortSignal): Promise<void> {
    try {
      await client.disable(signal)
    } catch (error) {
      const refused = error instanceof ProviderError && error.code === 'ApplyFailed'
      if (!refused || !isOff(await client.webhook(signal))) throw error
    }
  }

  return {
    identify: ({ signal }) => client.cluster(signal),
    read: (_webhook, { signal }) => read(signal),
    apply: (_webhook, desired, { signal }) => (desired.enabled ? enable(desired, signal) : disable(signal)),
    async remove(_webhook, { signal }) {
      try {
        // A change may restart S3: what is off is left alone.
        if (!isOff(await client.webhook(signal))) await disable(signal)
      } catch (error) {
        if (!(error instanceof ProviderError && error.code === 'S3NotRunning')) throw error
      }
    },
    eventRate: ({ signal }) => readEventRate({ client, clock, logger, memory: memory.eventRate, signal }),
    async [Symbol.asyncDispose]() {
      sessions[Symbol.dispose]()
    },
  }
}

function isOff(webhook: ObservedWebhook): boolean {
  return webhook.state === 'Absent' || !webhook.enabled
}
