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

/**
 * Waits up to a minute for the webhook's queue to empty.
 * @returns the events still waiting at the end, which the change is about to drop; 0 where the cluster does not tell.
 * @throws ProviderError, or the signal's reason.
 */
export async function drain(options: {
  readonly connection: ClusterConnection
  readonly webhook: WebhookKey
  readonly clock: Clock
  readonly signal: AbortSignal
}): Promise<number> {
  const { connection, webhook, clock, signal } = options
  const { provider } = connection
  if (provider.delivery === undefined) return 0
  const end = clock.monotonic() + patienceMilliseconds
  for (;;) {
    const { nodes } = await provider.delivery(webhook, { signal })
    const queued = nodes.reduce((sum, node) => sum + node.queuedEvents, 0)
    if (queued === 0 || clock.monotonic() >= end) return queued
    await sleep(clock, intervalMilliseconds, signal)
  }
}
