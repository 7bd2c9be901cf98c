import { z } from 'zod'

import { isForbidden, isNotFound } from '../kube/api-error.ts'
import type { Clock } from '../kube/clock.ts'
import { getObject } from '../kube/objects.ts'
import type { ObjectMeta, ObjectName, ResourceType } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'
import { sleep } from '../kube/sleep.ts'
import { ReadForbiddenError } from './read-forbidden-error.ts'

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
  /** @returns undefined when there is none, an error when a right is missing. @throws ApiError for anything else. */
  read(
    kind: 'Secret' | 'ConfigMap',
    name: { readonly namespace: string; readonly name: string },
    options: { readonly signal: AbortSignal },
  ): Promise<ReferencedObject | ReadForbiddenError | undefined>
}

/** Before a refusal is believed. */
const refusalMilliseconds = 1000

const stringMap = z.record(z.string(), z.string()).optional()
const referenced = z.object({ data: stringMap, binaryData: stringMap })

export function createReferenceReader({ client, clock }: { client: RestClient; clock: Clock }): ReferenceReader {
  async function readOnce(
    kind: 'Secret' | 'ConfigMap',
    name: ObjectName,
    signal: AbortSignal,
  ): Promise<ReferencedObject | ReadForbiddenError | undefined> {
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
      if (isForbidden(error)) return new ReadForbiddenError(kind, name)
      throw error
    }
  }

  return {
    async read(kind, name, { signal }) {
      const first = await readOnce(kind, name, signal)
      if (!(first instanceof ReadForbiddenError)) return first
      // An API server that starts refuses for a moment what it allows once it has read the roles.
      await sleep(clock, refusalMilliseconds, signal)
      return await readOnce(kind, name, signal)
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
