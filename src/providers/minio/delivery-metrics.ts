import type { NodeDelivery } from '../provider.ts'
import { parseSamples } from './prometheus-text.ts'

/** What `/minio/v2/metrics/cluster` calls them: every node, up to 10 seconds old. */
export const clusterPrefix = 'minio_cluster_webhook_'
/** What `/minio/metrics/v3/logger/webhook` calls them: the answering node, of this moment, without `online`. */
export const nodePrefix = 'minio_logger_webhook_'

/**
 * What metrics tell of one audit target on each server. Targets go by the label `name`, for `target_id` of other families is made
 * up anew with each change. A series that is zero can be absent: absent is 0 as long as others of the target on that server are
 * there.
 */
export function parseDelivery(
  text: string,
  prefix: string,
  { targetName, capacityEvents }: { readonly targetName: string; readonly capacityEvents: number },
): readonly NodeDelivery[] {
  const byNode = new Map<string, Map<string, number>>()
  for (const { name, labels, value } of parseSamples(text, prefix)) {
    if (labels['name'] !== `audit-${targetName}`) continue
    const node = labels['server'] ?? ''
    const values = byNode.get(node) ?? new Map<string, number>()
    byNode.set(node, values.set(name.slice(prefix.length), value))
  }
  return [...byNode.keys()].sort().map((node) => {
    const value = (metric: string): number => byNode.get(node)?.get(metric) ?? 0
    return {
      node,
      online: value('online') === 1,
      queuedEvents: value('queue_length'),
      capacityEvents,
      failedAttempts: value('failed_messages'),
      handledMessages: value('total_messages'),
    }
  })
}
