import { z } from 'zod'

import type { ApiError } from './api-error.ts'
import { cacheObject } from './object-schema.ts'
import { parseJson } from './parse-json.ts'
import type { KubernetesObject, ResourceType } from './resource.ts'
import { statusError } from './status-error.ts'

/** One line of a watch. */
export type WatchEvent =
  | ObjectEvent
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }
  | { readonly type: 'ERROR'; readonly error: ApiError }

export interface ObjectEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubernetesObject
  readonly resourceVersion: string
}

const eventSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({}),
})

const positionSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string().min(1),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
})

/** On the bookmark that ends the initial events of a WatchList (KEP-3157). */
const initialEventsEndAnnotation = 'k8s.io/initial-events-end'

/** Undefined when the line is no event of the watch protocol. */
export function parseWatchEvent(line: string, type: ResourceType, metadataOnly: boolean): WatchEvent | undefined {
  const parsed = eventSchema.safeParse(parseJson(line))
  if (!parsed.success) return undefined
  const event = parsed.data
  if (event.type === 'ERROR') {
    return { type: 'ERROR', error: statusError(event.object, { status: 500, subject: `Watch of ${type.plural}` }) }
  }
  const position = positionSchema.safeParse(event.object)
  if (!position.success) return undefined
  const { resourceVersion, annotations } = position.data.metadata
  if (event.type === 'BOOKMARK') {
    return { type: 'BOOKMARK', resourceVersion, initialEventsEnd: annotations?.[initialEventsEndAnnotation] === 'true' }
  }
  const object = cacheObject(event.object, type, metadataOnly)
  return object === undefined ? undefined : { type: event.type, object, resourceVersion }
}
