import { createInformer, type Informer, type InformerOptions } from './informer.ts'
import { type KubernetesObject, parseObjectKey } from './resource.ts'

/**
 * One informer per namespace behind the interface of one, for an operator that may see only some namespaces.
 * @param options.namespaces empty: one informer for all namespaces.
 */
export function createInformerSet<T extends KubernetesObject>(
  options: Omit<InformerOptions<T>, 'namespace'> & { readonly namespaces: readonly string[] },
): Informer<T> {
  const { namespaces, ...rest } = options
  if (namespaces.length === 0) return createInformer(rest)
  const informers = new Map(namespaces.map((namespace) => [namespace, createInformer({ ...rest, namespace })]))
  const all = [...informers.values()]
  return {
    store: {
      get: (key) => informers.get(parseObjectKey(key).namespace)?.store.get(key),
      list: () => all.flatMap((informer) => informer.store.list()),
      byIndex: (index, value) => all.flatMap((informer) => informer.store.byIndex(index, value)),
      get size() {
        return all.reduce((sum, informer) => sum + informer.store.size, 0)
      },
    },
    run: async (signal) => void (await Promise.all(all.map((informer) => informer.run(signal)))),
    hasSynced: () => all.every((informer) => informer.hasSynced()),
    waitForSync: async (signal) => void (await Promise.all(all.map((informer) => informer.waitForSync(signal)))),
    isFresh: () => all.every((informer) => informer.isFresh()),
    refusal: () => all.map((informer) => informer.refusal()).find((refusal) => refusal !== undefined),
    onChange(handler) {
      const registrations = all.map((informer) => informer.onChange(handler))
      return { [Symbol.dispose]: () => registrations.forEach((registration) => registration[Symbol.dispose]()) }
    },
  }
}
