import { abortable } from './abortable.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import { createReflector } from './reflector.ts'
import { type KubernetesObject, resourceLabel, type ResourceType } from './resource.ts'
import type { RestClient } from './rest-client.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'
import { createStore, type Store, type StoreChange } from './store.ts'

export interface Change<T> extends StoreChange<T> {
  /** Came with the first list. */
  readonly initial: boolean
}

export interface InformerOptions<T extends KubernetesObject> {
  readonly client: RestClient
  readonly type: ResourceType
  /** Absent or empty: all namespaces. */
  readonly namespace?: string
  /** Only `metadata` is asked for (PartialObjectMetadata). */
  readonly metadataOnly?: boolean
  readonly fieldSelector?: string
  readonly labelSelector?: string
  /** Functions of the object alone. */
  readonly indexes?: Readonly<Record<string, (object: T) => readonly string[]>>
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: RuntimeMetrics
}

/** A cache of objects that follows the API server, and a teller of its changes. */
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
  /** What is to be granted, when the API server refused the last try to list or watch. */
  refusal(): string | undefined
  /**
   * Calls `handler` for every change from now on, in order, after the store has it. A change is told once: a state that was seen
   * before is none. A handler that throws is logged and disturbs nothing. Register before `run`, else changes are missed.
   */
  onChange(handler: (change: Change<T>) => void): Disposable
}

/** A little more than the silence after which a watch is given up. */
const freshMilliseconds = 180_000

/**
 * Objects are cached without managed fields and kubectl's last-applied annotation, and with `apiVersion` and `kind`. Their fields
 * beyond metadata are as the API server sent them: it is the reader who checks them.
 */
export function createInformer<T extends KubernetesObject>(options: InformerOptions<T>): Informer<T> {
  const { type, indexes, logger, metrics } = options
  const resource = resourceLabel(type)
  const store = createStore<T>(indexes)
  const handlers = new Set<(change: Change<T>) => void>()
  const synced = Promise.withResolvers<void>()
  let hasSynced = false

  function tell(changes: readonly StoreChange<T>[]): void {
    for (const change of changes) {
      for (const handler of handlers) {
        try {
          handler({ ...change, initial: !hasSynced })
        } catch (error) {
          logger.error({ err: error, resource }, 'A handler of changes failed')
        }
      }
    }
  }

  const reflector = createReflector({
    ...options,
    namespace: options.namespace ?? '',
    metadataOnly: options.metadataOnly ?? false,
    fieldSelector: options.fieldSelector,
    labelSelector: options.labelSelector,
    sink: {
      replace(objects) {
        tell(store.replace(objects as readonly T[]))
        hasSynced = true
        synced.resolve()
      },
      set: (object) => tell(store.set(object as T)),
      delete: (object) => tell(store.delete(object as T)),
    },
  })

  return {
    store,
    async run(signal) {
      using _health = metrics.observeWatch(resource, () => {
        const silent = reflector.silentMilliseconds()
        return { silentSeconds: silent === undefined ? undefined : silent / 1000, objects: store.size }
      })
      await reflector.run(signal)
    },
    hasSynced: () => hasSynced,
    waitForSync: (signal) => abortable(synced.promise, signal),
    isFresh: () => hasSynced && (reflector.silentMilliseconds() ?? Infinity) <= freshMilliseconds,
    refusal: () => reflector.refusal(),
    onChange(handler) {
      handlers.add(handler)
      return { [Symbol.dispose]: () => void handlers.delete(handler) }
    },
  }
}
