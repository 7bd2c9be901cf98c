import { z } from 'zod'

import { isNotFound } from '../kube/api-error.ts'
import { getObject } from '../kube/objects.ts'
import type { ObjectMeta, ResourceType } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'

export const secretType: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
}
export const configMapType: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
}

/** A Secret or ConfigMap as it was read. Values of Secrets live only as long as the pass that read them. */
export interface ReferencedObject {
  readonly uid: string
  readonly resourceVersion: string
  readonly data: Readonly<Record<string, Uint8Array>>
}

/** Reads the Secrets and ConfigMaps that resources refer to, by `get` only. */
export interface ReferenceReader {
  /** @returns undefined when there is none. @throws ApiError for anything else. */
  read(
    kind: 'Secret' | 'ConfigMap',
    name: { readonly namespace: string; readonly name: string },
    options: { readonly signal: AbortSignal },
  ): Promise<ReferencedObject | undefined>
}

const stringMap = z.record(z.string(), z.string()).optional()
const referenced = z.object({ data: stringMap, binaryData: stringMap })

export function createReferenceReader(client: RestClient): ReferenceReader {
  return {
    async read(kind, name, { signal }) {
      try {
        const object = await getObject<{ metadata: ObjectMeta }>(
          client,
          kind === 'Secret' ? secretType : configMapType,
          name,
          { signal },
        )
        const { data = {}, binaryData = {} } = referenced.parse(object)
        const decode = kind === 'Secret' ? fromBase64 : fromText
        return {
          uid: object.metadata.uid ?? '',
          resourceVersion: object.metadata.resourceVersion ?? '',
          data: { ...mapValues(data, decode), ...mapValues(binaryData, fromBase64) },
        }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
  }
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}

function fromText(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

function mapValues(
  record: Readonly<Record<string, string>>,
  map: (value: string) => Uint8Array,
): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
