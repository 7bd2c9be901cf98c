import { abortable } from './abortable.ts'
import { createReflector, type ReflectorOptions, type ReflectorSink } from './reflector.ts'
import { type KubernetesObject, resourceLabel } from './resource.ts'
import { createStore, type Store, type StoreChange } from './store.ts'

export interface Change<T> extends StoreChange<T> {
  /** Came with the first list of its namespace. */
  readonly initial: boolean
}

export interface InformerOptions<T extends KubernetesObject> extends Omit<ReflectorOptions, 'namespace'> {
  /** Each is listed and watched by itself, for an operator that may see only some. Absent or empty: all at once. */
  readonly namespaces?: readonly string[]
  /** Functions of the object alone. */
  readonly indexes?: Readonly<Record<string, (object: T) => readonly string[]>>
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
  const { type, namespaces = [], indexes, logger, metrics } = options
  const resource = resourceLabel(type)
  const store = createStore<T>(indexes)
  const handlers = new Set<(change: Change<T>) => void>()
  /** Namespaces whose first list has not come. */
  const unlisted = new Set(namespaces.length === 0 ? [''] : namespaces)
  const synced = Promise.withResolvers<void>()
  const reflectors = [...unlisted].map((namespace) => createReflector({ ...options, namespace }, sinkOf(namespace)))

  function sinkOf(namespace: string): ReflectorSink {
    return {
      replace(objects) {
        tell(store.replace(objects as readonly T[], namespace), unlisted.has(namespace))
        unlisted.delete(namespace)
        if (unlisted.size === 0) synced.resolve()
      },
      set: (object) => tell(store.set(object as T), false),
      delete: (object) => tell(store.delete(object as T), false),
    }
  }

  function tell(changes: readonly StoreChange<T>[], initial: boolean): void {
    for (const change of changes) {
      for (const handler of handlers) {
        try {
          handler({ ...change, initial })
        } catch (error) {
          logger.error({ err: error, resource }, 'A handler of changes failed')
        }
      }
    }
  }

  const hasSynced = (): boolean => unlisted.size === 0

  /** Of the namespace that was heard longest ago; undefined before the first list. */
  function silentMilliseconds(): number | undefined {
    const silences = reflectors.flatMap((reflector) => reflector.silentMilliseconds() ?? [])
    return silences.length === 0 ? undefined : Math.max(...silences)
  }

  return {
    store,
    async run(signal) {
      using _health = metrics.observeWatch(resource, () => {
        const silent = silentMilliseconds()
        return { silentSeconds: silent === undefined ? undefined : silent / 1000, objects: store.size }
      })
      await Promise.all(reflectors.map((reflector) => reflector.run(signal)))
    },
    hasSynced,
    waitForSync: (signal) => abortable(synced.promise, signal),
    isFresh: () => hasSynced() && (silentMilliseconds() ?? Infinity) <= freshMilliseconds,
    refusal: () => reflectors.map((reflector) => reflector.refusal()).find((refusal) => refusal !== undefined),
    onChange(handler) {
      handlers.add(handler)
      return { [Symbol.dispose]: () => void handlers.delete(handler) }
    },
  }
}
