import type { Clock } from './clock.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'

export interface QueueItem {
  readonly key: string
  readonly priority: number
}

export interface WorkQueue {
  readonly name: string
  /** @param options.priority higher first. @default 0 */
  add(key: string, options?: { readonly priority?: number; readonly afterMilliseconds?: number }): void
  /** Adds after a delay that doubles with each call for the key until it is forgotten. */
  addRateLimited(key: string, options?: { readonly priority?: number }): void
  /** Ends the growth of the delay; does not remove the key. */
  forget(key: string): void
  /** Calls of `addRateLimited` since the key was last forgotten. */
  failures(key: string): number
  /** The next item; waits for one. Undefined after `shutDown` or when aborted. Every item is to be given back by `done`. */
  get(signal: AbortSignal): Promise<QueueItem | undefined>
  done(key: string): void
  /** Drops what waits and ends every `get`; items in work may still be given back. */
  shutDown(): void
  /** Items ready, not counting delayed ones and those in work. */
  depth(): number
}

export interface WorkQueueOptions {
  readonly name: string
  readonly clock: Clock
  readonly metrics: RuntimeMetrics
  /** Spreads back-off delays by up to a tenth more. Absent: exact delays. */
  readonly random?: () => number
}

export declare function createWorkQueue(options: WorkQueueOptions): WorkQueue
