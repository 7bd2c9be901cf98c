import { abortable } from './abortable.ts'
import { ApiError, ApiUnreachableError, isAlreadyExists, isForbidden } from './api-error.ts'
import type { Dependencies } from './dependencies.ts'
import { createEventLimiter } from './event-limiter.ts'
import { microTime } from './micro-time.ts'
import { apiVersionOf, type ObjectName, resourcePath, type ResourceType } from './resource.ts'
import { sleep } from './sleep.ts'

export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  /** Empty for cluster-scoped objects; their Events go to the namespace `default`. */
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface EventRecord {
  readonly regarding: ObjectReference
  readonly type: 'Normal' | 'Warning'
  /** Why, in CamelCase, at most 128 characters. */
  readonly reason: string
  /** What was done, in CamelCase, at most 128 characters. */
  readonly action: string
  /** For people; cut to 1 kB. */
  readonly note: string
}

export interface EventRecorder extends AsyncDisposable {
  /**
   * Queues an Event. Never blocks, never throws. Dropped, counted and logged are: what one object says beyond 25 at once and one
   * per five minutes, the oldest of more than 1000 waiting, and what the API server refuses or does not take in five tries.
   * Each call is an Event of its own, no series: record transitions, not states.
   */
  record(event: EventRecord): void
  /** Resolves when everything queued was sent or given up. @throws the signal's reason. */
  flush(signal: AbortSignal): Promise<void>
}

export interface EventRecorderOptions extends Dependencies {
  /** Qualified name, e.g. `s3audit.dev/operator`. */
  readonly reportingController: string
  /** Which replica, e.g. the pod's name. */
  readonly reportingInstance: string
}

const eventType: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
}

const maximumWaiting = 1000
const maximumTries = 5
const firstRetryMilliseconds = 1000

/** Bounds of the API (pkg/apis/core/validation/events.go). */
const maximumNoteBytes = 1024
const maximumWordLength = 128
const maximumNameLength = 253

/** What is sent. */
interface Event {
  readonly metadata: ObjectName
  readonly [field: string]: unknown
}

/** Sends Events of `events.k8s.io/v1` one after the other, in the background. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, reportingController, clock, random, logger, metrics } = options
  const reportingInstance = options.reportingInstance.slice(0, maximumWordLength)
  const allow = createEventLimiter(clock)
  const waiting: Event[] = []
  const stop = new AbortController()
  /** Pending while something is sent; never rejects. */
  let sending: Promise<void> | undefined

  function enqueue(event: Event): void {
    waiting.push(event)
    if (waiting.length > maximumWaiting) {
      waiting.shift()
      metrics.eventRecorded('dropped_queue_full')
      logger.warn({ waiting: maximumWaiting }, 'Oldest Event dropped, too many wait')
    }
    sending ??= sendAll()
  }

  async function sendAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined && !stop.signal.aborted; next = waiting.shift()) {
      try {
        await send(next)
        metrics.eventRecorded('sent')
      } catch (error) {
        metrics.eventRecorded('failed')
        const message = isForbidden(error) ? 'Event not sent: grant the right that the error names' : 'Event not sent'
        const { namespace, name } = next.metadata
        logger.warn({ err: error, namespace, event: name }, message)
      }
    }
    // At once, lest an Event recorded before a `finally` runs waits for the next one.
    sending = undefined
  }

  async function send(body: Event): Promise<void> {
    const path = resourcePath(eventType, { namespace: body.metadata.namespace })
    for (let tries = 1; ; tries++) {
      try {
        await client.request({ method: 'POST', path, body, signal: stop.signal })
        return
      } catch (error) {
        // A try whose answer was lost.
        if (isAlreadyExists(error)) return
        if (tries >= maximumTries || !mayPass(error)) throw error
        await sleep(clock, firstRetryMilliseconds * 2 ** (tries - 1) * (1 + random()), stop.signal)
      }
    }
  }

  function eventOf({ regarding: { namespace, ...regarding }, ...event }: EventRecord): Event {
    return {
      apiVersion: apiVersionOf(eventType),
      kind: eventType.kind,
      metadata: { namespace: namespace === '' ? 'default' : namespace, name: eventName(regarding.name, random) },
      eventTime: microTime(clock.now()),
      reportingController,
      reportingInstance,
      regarding: { ...regarding, ...(namespace === '' ? {} : { namespace }) },
      type: event.type,
      reason: event.reason.slice(0, maximumWordLength),
      action: event.action.slice(0, maximumWordLength),
      note: cutToBytes(event.note, maximumNoteBytes),
    }
  }

  return {
    record(event) {
      if (stop.signal.aborted) return
      const { namespace, name, uid } = event.regarding
      if (allow(uid)) {
        enqueue(eventOf(event))
        return
      }
      metrics.eventRecorded('dropped_rate_limited')
      logger.debug({ namespace, name, reason: event.reason }, 'Event dropped, its object has too many')
    },
    async flush(signal) {
      if (sending !== undefined) await abortable(sending, signal)
    },
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('The event recorder stops'))
      waiting.length = 0
      await sending
    },
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429
  return error instanceof ApiUnreachableError
}

/** The object's name and 64 random bits in hex; a DNS subdomain, whatever was cut. */
function eventName(name: string, random: () => number): string {
  const half = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const suffix = half() + half()
  return `${name.slice(0, maximumNameLength - suffix.length - 1).replace(/[-.]+$/, '')}.${suffix}`
}

/** As much of the text as fits, cut between code points. */
function cutToBytes(text: string, maximumBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maximumBytes))
  return text.slice(0, read)
}
