import type { DeliverySample } from './delivery-judgement.ts'
import { isFull, isReset, takenMessages } from './node-counters.ts'

/**
 * How many events found no room between two samples, at most: exact while nothing is sent. One that is thrown away counts once as
 * handled and once as failed; failed tries and events that were sent after all count there as well.
 */
export function lostBetween(before: DeliverySample, after: DeliverySample): number {
  return after.nodes.filter(isFull).reduce((sum, node) => {
    const earlier = before.nodes.find((other) => other.node === node.node)
    if (earlier === undefined || isReset(earlier, node)) return sum
    const handled = 2 * (takenMessages(node) - takenMessages(earlier))
    return sum + Math.max(Math.min(handled, node.failedAttempts - earlier.failedAttempts), 0)
  }, 0)
}
