import type { Clock } from '../../kube/clock.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { WebhookKey } from '../../providers/provider.ts'
import { backOff } from '../back-off.ts'
import type { ClusterConnection } from '../s3cluster/cluster-state.ts'
import type { WebhookMemory } from './memory.ts'

/**
 * Reads the webhook from the cluster when that is due: at first, when `key` changed (another generation, token, session or a
 * request), at every drift check, and with growing delays after a failure. Otherwise the last observation stands.
 * @param options.wantsRate asks for the rate of events as well, where the cluster was read and tells it.
 */
export async function observe(
  memory: WebhookMemory,
  options: {
    readonly connection: ClusterConnection
    readonly webhook: WebhookKey
    readonly key: string
    readonly wantsRate: boolean
    readonly clock: Clock
    readonly random: () => number
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { connection, webhook, key, clock, random, signal } = options
  if (memory.observationKey === key && clock.monotonic() < memory.readDueAt) return
  try {
    const observed = await connection.provider.read(webhook, { signal })
    memory.observation = { state: 'Read', webhook: observed }
    memory.observationKey = key
    memory.readFailures = 0
    memory.readDueAt = clock.monotonic() + connection.driftCheckSeconds * 1000 * (0.9 + random() * 0.2)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    memory.observation = { state: 'Failed', error }
    memory.observationKey = key
    memory.readFailures++
    memory.readDueAt =
      clock.monotonic() + Math.max(backOff(memory.readFailures, random), error.retryAfterMilliseconds ?? 0)
    return
  }
  if (options.wantsRate) memory.eventRate = (await connection.provider.eventRate?.({ signal })) ?? memory.eventRate
}

/** Makes the next pass read the cluster again. */
export function forgetObservation(memory: WebhookMemory): void {
  memory.readDueAt = 0
}
