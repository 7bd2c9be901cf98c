import type { KubernetesObject, ObjectName, ResourceType } from './resource.ts'
import type { RestClient } from './rest-client.ts'

export declare function applyObject<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  object: KubernetesObject & Readonly<Record<string, unknown>>,
  options: {
    readonly fieldManager: string
    readonly signal: AbortSignal
    readonly subresource?: string
    /** Take fields over from other managers. @default true */
    readonly force?: boolean
  },
): Promise<T>
export declare function applyStatus<T extends KubernetesObject>(
  client: RestClient,
  type: ResourceType,
  target: { readonly name: ObjectName; readonly status: object; readonly uid?: string },
  options: { readonly fieldManager: string; readonly signal: AbortSignal },
): Promise<T>
