import type { NodeDelivery } from '../providers/provider.ts'

/** A counter that went back started anew, by a restart or a change: differences across it mean nothing. */
export function isReset(before: NodeDelivery, after: NodeDelivery): boolean {
  return after.handledMessages < before.handledMessages || after.failedAttempts < before.failedAttempts
}

/** Messages put into the queue since the counters started; of those that found no room, half are in it. */
export function arrivedMessages({ handledMessages, queuedEvents }: NodeDelivery): number {
  return (handledMessages + queuedEvents) / 2
}

/** Messages taken out of the queue since the counters started: sent, or about to be. */
export function takenMessages({ handledMessages, queuedEvents }: NodeDelivery): number {
  return (handledMessages - queuedEvents) / 2
}

/** The queue has no room: what arrives is thrown away. */
export function isFull({ queuedEvents, capacityEvents }: NodeDelivery): boolean {
  return queuedEvents >= capacityEvents
}

/** Events wait and not one was ever taken from the queue. A sender that has its first event in hand has taken it. */
export function isWaiting(node: NodeDelivery): boolean {
  return !node.online && node.queuedEvents > 0 && takenMessages(node) === 0
}
