import { ApiError, ApiUnreachableError, isExpired, isForbidden, isResourceVersionTooLarge } from './api-error.ts'
import type { Dependencies } from './dependencies.ts'
import { cacheObject } from './object-schema.ts'
import { listObjects } from './objects.ts'
import {
  type KubernetesObject,
  objectKey,
  objectName,
  resourceLabel,
  resourcePath,
  type ResourceType,
} from './resource.ts'
import type { Query } from './rest-client.ts'
import type { WatchEnd } from './runtime-metrics.ts'
import { sleep } from './sleep.ts'
import { createTextPool, poolTexts } from './text-pool.ts'
import { createWatchBackOff } from './watch-back-off.ts'
import { type ObjectEvent, parseWatchEvent } from './watch-event.ts'

/** Takes what the reflector sees, synchronously and in order. It must not throw. */
export interface ReflectorSink {
  /** These objects exist and no others. */
  replace(objects: readonly KubernetesObject[]): void
  /** The object exists in this state. */
  set(object: KubernetesObject): void
  /** The object is gone; this is its last state. */
  delete(object: KubernetesObject): void
}

export interface ReflectorOptions extends Dependencies {
  readonly type: ResourceType
  /** Empty: all namespaces. */
  readonly namespace: string
  /** Only `metadata` is asked for (PartialObjectMetadata). */
  readonly metadataOnly?: boolean
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

/** Keeps a sink in step with the objects of the API server. */
export interface Reflector {
  /** Lists and watches, through every failure, until aborted; then resolves. */
  run(signal: AbortSignal): Promise<void>
  /** Time since the API server was last heard; undefined before the first list. */
  silentMilliseconds(): number | undefined
  /** What is to be granted, when the API server refused the last try to list or watch. */
  refusal(): string | undefined
}

/** How a watch ended, and what it had brought until then. */
interface EndedWatch {
  readonly end: WatchEnd
  readonly error?: unknown
  readonly livedMilliseconds: number
  readonly events: number
  /** Whether its position is another one than where it began. */
  readonly moved: boolean
}

/** Bookmarks come about every minute: this much silence is a dead connection. */
const maximumSilenceMilliseconds = 150_000
/** A watch that lived shorter than this and brought nothing new is a failure, whatever it says. */
const shortLifeMilliseconds = 1000
/** A server that wishes to be left alone (Retry-After) for longer than the client waits by itself is, for up to this long. */
const maximumWishMilliseconds = 300_000

/** Texts that objects have in common are kept once. */
const pooledTexts = 4096

/**
 * List and watch with the semantics of client-go's reflector (tools/cache/reflector.go):
 * the list comes as the initial events of a watch (WatchList) or, from servers that refuse that, page by page. A watch that ends is
 * resumed from the last resourceVersion; only when that has expired, or the watch cannot be trusted, is everything listed anew.
 */
export function createReflector(options: ReflectorOptions, sink: ReflectorSink): Reflector {
  const { client, type, namespace, metadataOnly = false, clock, random, metrics } = options
  const { fieldSelector, labelSelector } = options
  const resource = resourceLabel(type)
  const logger = options.logger.child({ resource, namespace })
  const path = resourcePath(type, { namespace })
  const backOff = createWatchBackOff({ clock, random })
  const pool = createTextPool(pooledTexts)
  /** From where a watch goes on; undefined when a list is needed. */
  let resourceVersion: string | undefined
  let listBy: 'stream' | 'pages' | 'pages once' = 'stream'
  let heardAt: number | undefined
  let isRefused = false
  const remedy = `grant the verbs list and watch on ${resource} in ${namespace === '' ? 'all namespaces' : `namespace ${namespace}`}`

  const secondsSince = (time: number): number => (clock.monotonic() - time) / 1000

  /** A right that is missing is told once, as what it is: it is tried again every minute. */
  function tellFailure(error: unknown, message: string, fields: object): void {
    const wasRefused = isRefused
    isRefused = isForbidden(error)
    if (isRefused) logger[wasRefused ? 'debug' : 'error']({ err: error, remedy }, 'Listing and watching is forbidden')
    else logger.warn({ err: error, ...fields }, message)
  }

  async function step(signal: AbortSignal): Promise<void> {
    if (resourceVersion === undefined && listBy !== 'stream') {
      await listPages(signal)
      return
    }
    const listing = resourceVersion === undefined
    const watch = await watchOnce(signal)
    if (watch.end === 'stopped') return
    const unlisted = listing && resourceVersion === undefined
    if (unlisted && refusesWatchList(watch)) {
      listBy = 'pages'
      logger.info({ err: watch.error }, 'The server does not stream lists, listing page by page')
      return
    }
    if (unlisted) metrics.listed(resource, { seconds: watch.livedMilliseconds / 1000, ok: false })
    // The stream came to its end and the list did not: the server, or something in between, knows nothing of WatchList.
    if (unlisted && (watch.end === 'closed' || watch.end === 'silent')) listBy = 'pages once'
    if (mustRelist(watch)) resourceVersion = undefined
    // A list that comes and a watch that never does would else be listed anew every second.
    else if (watch.moved && !listing) backOff.reset()
    const fields = { end: watch.end, relist: resourceVersion === undefined }
    if (watch.end === 'closed') logger.debug(fields, 'Watch ended')
    else tellFailure(watch.error, 'Watch ended', fields)
    if (unlisted || isFailure(watch)) await sleep(clock, delayAfter(watch.error), signal)
  }

  async function listPages(signal: AbortSignal): Promise<void> {
    const startedAt = clock.monotonic()
    try {
      const list = await listObjects(client, type, namespace, { fieldSelector, labelSelector, metadataOnly, signal })
      const objects = list.items.flatMap((item) => cacheObject(item, type, metadataOnly) ?? [])
      for (const object of objects) poolTexts(object, pool)
      listed(objects, startedAt)
      heard(list.resourceVersion)
      if (listBy === 'pages once') listBy = 'stream'
    } catch (error) {
      if (signal.aborted) return
      metrics.listed(resource, { seconds: secondsSince(startedAt), ok: false })
      tellFailure(error, 'List failed', {})
      await sleep(clock, delayAfter(error), signal)
    }
  }

  function listed(objects: readonly KubernetesObject[], startedAt: number): void {
    metrics.listed(resource, { seconds: secondsSince(startedAt), ok: true })
    sink.replace(objects)
  }

  /** The sink is at this version, where a watch can go on. */
  function heard(version: string): void {
    resourceVersion = version
    heardAt = clock.monotonic()
    isRefused = false
  }

  function delayAfter(error: unknown): number {
    const wish = error instanceof ApiError ? (error.retryAfterMilliseconds ?? 0) : 0
    return Math.max(backOff.next(), Math.min(wish, maximumWishMilliseconds))
  }

  /** Without a resourceVersion the watch begins with a list. */
  async function watchOnce(signal: AbortSignal): Promise<EndedWatch> {
    const startedAt = clock.monotonic()
    const from = resourceVersion
    /** The list that streams in; undefined when it is complete. */
    let initial = resourceVersion === undefined ? new Map<string, KubernetesObject>() : undefined
    let events = 0
    const ended = (end: WatchEnd, error?: unknown): EndedWatch => {
      const lived = clock.monotonic() - startedAt
      metrics.watchEnded(resource, end, { seconds: lived / 1000, events })
      const watch = { end, error, livedMilliseconds: lived, events, moved: resourceVersion !== from }
      // Headers alone, time and again, keep no cache fresh; a watch whose time is up without a change was sound.
      if (end === 'closed' && initial === undefined && !isFailure(watch)) heardAt = clock.monotonic()
      return watch
    }
    try {
      metrics.watchStarted(resource)
      const accept = metadataOnly ? partialObjectAccept : 'application/json'
      using stream = await client.stream({ path, query: watchQuery(), accept, signal, maximumSilenceMilliseconds })
      for await (const line of stream.lines) {
        const event = parseWatchEvent(line, type, metadataOnly)
        if (event === undefined) return ended('malformed')
        metrics.watchEvent(resource, event.type)
        if (event.type === 'ERROR') return ended(isExpired(event.error) ? 'expired' : 'error_event', event.error)
        events++
        if (event.type === 'BOOKMARK') {
          if (initial !== undefined && event.initialEventsEnd) {
            listed([...initial.values()], startedAt)
            initial = undefined
          }
        } else {
          poolTexts(event.object, pool)
          if (initial !== undefined) collect(event, initial)
          else if (event.type === 'DELETED') sink.delete(event.object)
          else sink.set(event.object)
        }
        if (initial === undefined) heard(event.resourceVersion)
      }
      return ended('closed')
    } catch (error) {
      if (signal.aborted) return ended('stopped')
      if (error instanceof ApiUnreachableError && error.code === 'Silent') return ended('silent', error)
      return ended(isExpired(error) ? 'expired' : 'failed', error)
    }
  }

  function watchQuery(): Query {
    const list =
      resourceVersion === undefined
        ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
        : { resourceVersion }
    return {
      watch: true,
      allowWatchBookmarks: true,
      // Between 5 and 10 minutes, lest all watches end at once.
      timeoutSeconds: Math.floor(300 * (1 + random())),
      fieldSelector,
      labelSelector,
      ...list,
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        try {
          await step(signal)
        } catch (error) {
          if (!signal.aborted) throw error
        }
      }
    },
    silentMilliseconds: () => (heardAt === undefined ? undefined : clock.monotonic() - heardAt),
    refusal: () => (isRefused ? `forbidden: ${remedy}` : undefined),
  }
}

/** Into a list that streams in. */
function collect({ type, object }: ObjectEvent, initial: Map<string, KubernetesObject>): void {
  const key = objectKey(objectName(object))
  if (type === 'DELETED') initial.delete(key)
  else initial.set(key, object)
}

const partialObjectAccept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

/** Servers without WatchList refuse its parameters. */
function refusesWatchList({ error }: EndedWatch): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 422)
}

/** Ends after which the position is lost, or what was seen cannot be placed. */
const untrusted: ReadonlySet<WatchEnd> = new Set(['expired', 'error_event', 'malformed'])

/** Failures of connection or server keep the position; a refusal of the watch as such does not, and 429 is a matter of time. */
function mustRelist({ end, error }: EndedWatch): boolean {
  if (end !== 'failed' || !(error instanceof ApiError)) return untrusted.has(end)
  return (error.status >= 400 && error.status < 500 && error.status !== 429) || isResourceVersionTooLarge(error)
}

/** Whether to wait before the next try. A watch that worked and then ended is resumed at once. */
function isFailure({ end, events, moved, livedMilliseconds }: EndedWatch): boolean {
  if (end === 'closed') return !moved && livedMilliseconds < shortLifeMilliseconds
  if (end === 'failed') return events === 0 || livedMilliseconds < shortLifeMilliseconds
  return untrusted.has(end)
}
