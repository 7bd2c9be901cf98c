import type { Clock } from '../../kube/clock.ts'
import { sleep } from '../../kube/sleep.ts'
import type { DesiredWebhook, ObservedWebhook, WebhookKey } from '../../providers/provider.ts'
import type { ClusterConnection } from '../s3cluster/cluster-state.ts'

const patienceMilliseconds = 60_000
const intervalMilliseconds = 2_000

/**
 * True when the change makes the cluster drop what waits for the webhook. MinIO keeps the queue of a target that is only
 * re-pointed, and drops it when the target is disabled or its `queue_dir` changes.
 */
export function dropsQueue(observed: ObservedWebhook | undefined, desired: DesiredWebhook): boolean {
  if (observed?.state !== 'Present' || !observed.enabled) return false
  if (!desired.enabled) return true
  const wanted = desired.settings['queue_dir']
  return wanted !== undefined && wanted !== (observed.settings['queue_dir'] ?? '')
}

/** What still waits for the webhook when the patience is over. */
export interface Leftover {
  readonly events: number
  /** More may wait where the cluster does not count it, in a directory on its nodes, for its sends fail. */
  readonly inStore: boolean
}

export const nothingLeft: Leftover = { events: 0, inStore: false }

/** What was left, as an Event tells it; undefined when nothing was. */
export function leftoverText({ events, inStore }: Leftover): string | undefined {
  const texts = [
    ...(events === 0 ? [] : [`${events} events that still waited for the target were dropped.`]),
    ...(inStore
      ? [
          'Events may be left in the queue directory on the nodes, where MinIO does not count them: nothing sends them now.',
        ]
      : []),
  ]
  return texts.length === 0 ? undefined : texts.join(' ')
}

/**
 * Waits up to a minute for the webhook's queue to empty, by figures that are no older than the wait.
 * @returns what the change is about to drop; nothing where the cluster does not tell.
 * @throws ProviderError, or the signal's reason.
 */
export async function drain(options: {
  readonly connection: ClusterConnection
  readonly webhook: WebhookKey
  readonly clock: Clock
  readonly signal: AbortSignal
}): Promise<Leftover> {
  const { connection, webhook, clock, signal } = options
  const { provider } = connection
  if (provider.delivery === undefined) return nothingLeft
  const start = clock.monotonic()
  for (;;) {
    const asked = clock.monotonic() - start
    const report = await provider.delivery(webhook, { signal, fresh: true })
    const { nodes, uncountedStore = false, maximumAgeMilliseconds = 0 } = report
    const events = nodes.reduce((sum, node) => sum + node.queuedEvents, 0)
    const isEmpty = events === 0 && asked >= maximumAgeMilliseconds
    const inStore = uncountedStore && nodes.some((node) => !node.online || node.failedAttempts > 0)
    if (isEmpty || asked >= patienceMilliseconds) return { events, inStore }
    await sleep(clock, intervalMilliseconds, signal)
  }
}
