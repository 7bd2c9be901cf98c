import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import type { ObjectName } from './resource.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'
import type { WorkQueue } from './work-queue.ts'

export interface ReconcileContext {
  /** Aborted when the pass takes too long (reason: ReconcileTimeoutError) or the process stops. */
  readonly signal: AbortSignal
  readonly reconcileId: string
  readonly logger: Logger
}

export interface ReconcileResult {
  /** Run again after this time; absent: when something changes. */
  readonly requeueAfterMilliseconds?: number
}

export type Reconcile = (name: ObjectName, context: ReconcileContext) => Promise<ReconcileResult>

export interface ControllerOptions {
  readonly name: string
  /** Keys are those of `objectKey`. */
  readonly queue: WorkQueue
  readonly reconcile: Reconcile
  /** Passes at a time. */
  readonly concurrency: number
  readonly reconcileTimeoutMilliseconds: number
  /** How long passes in work may go on after the stop before they are aborted. @default 20_000 */
  readonly shutdownGraceMilliseconds?: number
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: RuntimeMetrics
  /** Makes reconcile ids. */
  readonly newId: () => string
}

export interface Controller {
  run(signal: AbortSignal): Promise<void>
}

export declare function createController(options: ControllerOptions): Controller
