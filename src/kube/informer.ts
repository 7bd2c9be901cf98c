import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import type { KubernetesObject, ResourceType } from './resource.ts'
import type { RestClient } from './rest-client.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'
import type { Store } from './store.ts'

export interface Change<T> {
  readonly type: 'Added' | 'Updated' | 'Deleted'
  /** For Deleted: the last state known. */
  readonly object: T
  /** For Updated: the state before. */
  readonly previous?: T
  /** Came with the first list. */
  readonly initial: boolean
}

export interface InformerOptions<T extends KubernetesObject> {
  readonly client: RestClient
  readonly type: ResourceType
  /** Absent: all namespaces. */
  readonly namespace?: string
  /** Only `metadata` is asked for (PartialObjectMetadata). */
  readonly metadataOnly?: boolean
  readonly fieldSelector?: string
  readonly labelSelector?: string
  readonly indexes?: Readonly<Record<string, (object: T) => readonly string[]>>
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: RuntimeMetrics
}

export interface Informer<T> {
  readonly store: Store<T>
  /** Lists and watches until aborted; then resolves. To be called once. */
  run(signal: AbortSignal): Promise<void>
  /** The first list is in the store and its changes were handed to the handlers. */
  hasSynced(): boolean
  /** Resolves when `hasSynced`. @throws the signal's reason. */
  waitForSync(signal: AbortSignal): Promise<void>
  /** Synced, and the API server was heard within the last three minutes. */
  isFresh(): boolean
  /**
   * Calls `handler` for every change from now on, in order, after the store has it. A handler that throws is logged and disturbs
   * nothing. Register before `run`, else changes are missed.
   */
  onChange(handler: (change: Change<T>) => void): Disposable
}

export declare function createInformer<T extends KubernetesObject>(options: InformerOptions<T>): Informer<T>
