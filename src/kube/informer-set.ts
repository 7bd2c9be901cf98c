import type { Informer, InformerOptions } from './informer.ts'
import type { KubernetesObject } from './resource.ts'

/** One informer per namespace behind one interface; no `namespaces`: one informer for all. */
export declare function createInformerSet<T extends KubernetesObject>(
  options: Omit<InformerOptions<T>, 'namespace'> & { readonly namespaces: readonly string[] },
): Informer<T>
