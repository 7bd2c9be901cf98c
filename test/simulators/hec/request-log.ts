import type { HecPath } from './outages.ts'

/** An event that the collector took, with what came along on the wire. */
export interface AcceptedEvent {
  /** When it was taken, milliseconds since the epoch. */
  readonly time: number
  /** The path as requested, without its query. */
  readonly path: string
  readonly endpoint: 'event' | 'raw'
  /** The `Authorization` header exactly as received. */
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly userAgent: string | undefined
  readonly index: string | undefined
  readonly sourcetype: string | undefined
  /** Parsed JSON, or the line as a string. */
  readonly event: unknown
}

/** What a request looks like to the ladder: `probe` carries a marked event, `empty` an empty body. */
export type RequestKind = 'health' | 'empty' | 'probe' | 'events' | 'ack' | 'other'

export interface RequestCounters {
  readonly total: number
  readonly byPath: Readonly<Partial<Record<HecPath, number>>>
  readonly byKind: Readonly<Partial<Record<RequestKind, number>>>
  /** `0`: no answer was given (reset, stalled, or the client went away). */
  readonly byStatus: Readonly<Record<string, number>>
  readonly byCode: Readonly<Record<string, number>>
}

export interface RequestEntry {
  readonly path: HecPath
  readonly kind: RequestKind
  readonly status: number
  readonly code: number | undefined
}

/** Counts requests and keeps the newest events. */
export interface RequestLog {
  count(entry: RequestEntry): void
  accept(events: readonly AcceptedEvent[]): void
  counters(): RequestCounters
  /** The newest ones, oldest first. */
  accepted(): readonly AcceptedEvent[]
  /** All that were ever taken, those that are no longer kept included. */
  acceptedTotal(): number
  clear(): void
}

export function createRequestLog(maximumEvents: number): RequestLog {
  let events: AcceptedEvent[] = []
  let taken = 0
  let entries = empty()
  return {
    count({ path, kind, status, code }) {
      entries.total++
      increment(entries.byPath, path)
      increment(entries.byKind, kind)
      increment(entries.byStatus, String(status))
      if (code !== undefined) increment(entries.byCode, String(code))
    },
    accept(more) {
      taken += more.length
      events.push(...more)
      if (events.length > maximumEvents) events = events.slice(-maximumEvents)
    },
    counters: () => structuredClone(entries),
    accepted: () => [...events],
    acceptedTotal: () => taken,
    clear() {
      events = []
      taken = 0
      entries = empty()
    },
  }
}

interface Counts {
  total: number
  byPath: Partial<Record<HecPath, number>>
  byKind: Partial<Record<RequestKind, number>>
  byStatus: Record<string, number>
  byCode: Record<string, number>
}

function empty(): Counts {
  return { total: 0, byPath: {}, byKind: {}, byStatus: {}, byCode: {} }
}

function increment<K extends string>(counts: Partial<Record<K, number>>, key: K): void {
  counts[key] = (counts[key] ?? 0) + 1
}
