import { gunzipSync } from 'node:zlib'

import type { HecPath } from './outages.ts'
import { type ParsedEvent, parseRawEvents, parseWrappedEvents } from './parse-events.ts'
import { hecReply, jsonReply, type Reply } from './replies.ts'
import { authorize, type HecToken } from './tokens.ts'

/** How near the collector's queues are to their capacity. */
export type Pressure = 'normal' | 'warning' | 'full'

export interface HecRequest {
  readonly method: string
  readonly path: HecPath
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

export interface HecResult {
  readonly reply: Reply
  readonly events: readonly ParsedEvent[]
}

export interface Collector {
  readonly tokens: Map<string, HecToken>
  /** Codes 24 and 26 of data, 18 and 20 of health. */
  queue: Pressure
  /** Codes 25 and 27 of data, 19 and 20 of health. */
  ack: Pressure
  handle(request: HecRequest): HecResult
}

export interface CollectorOptions {
  readonly tokens: readonly HecToken[]
  /** Whether the health endpoint looks at the token, as documented (codes 21, 22); Splunk was seen not to. */
  readonly healthChecksToken: boolean
  /** A body over it, before or after unpacking, is refused with 413. */
  readonly maximumBodyBytes: number
}

const channelForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The HTTP Event Collector itself: a request in, an answer and the events taken out. */
export function createCollector(options: CollectorOptions): Collector {
  const tokens = new Map(options.tokens.map((token) => [token.token, token]))
  const acknowledgments = new Map<string, Set<number>>()
  let nextAckId = 0
  const collector: Collector = { tokens, queue: 'normal', ack: 'normal', handle }
  return collector

  function handle(request: HecRequest): HecResult {
    if (request.path === 'other') {
      return refusal(jsonReply(404, { text: 'The requested URL was not found on this server.', code: 404 }))
    }
    const method = request.path === 'health' ? 'GET' : 'POST'
    if (request.method !== method) return refusal(jsonReply(405, { text: 'Method Not Allowed', code: 405 }))
    if (request.path === 'health') return refusal(health(request))
    const token = authorize(tokens, request.headers['authorization'], request.query)
    if (typeof token === 'number') return refusal(hecReply(token))
    return request.path === 'ack' ? refusal(acknowledge(request, token)) : data(request, token)
  }

  function health(request: HecRequest): Reply {
    if (options.healthChecksToken) {
      const token = authorize(tokens, request.headers['authorization'], request.query)
      if (token === 1) return hecReply(22)
      if (typeof token === 'number') return hecReply(21)
    }
    if (collector.queue === 'full') return hecReply(collector.ack === 'full' ? 20 : 18)
    return hecReply(collector.ack === 'full' ? 19 : 17)
  }

  function data(request: HecRequest, token: HecToken): HecResult {
    const channel = request.headers['x-splunk-request-channel'] ?? request.query.get('channel')
    if (token.useAck === true && (channel ?? '') === '') return refusal(hecReply(10))
    if ((channel ?? '') !== '' && !channelForm.test(channel ?? '')) return refusal(hecReply(11))
    if (collector.queue === 'full') return refusal(hecReply(26, { retryAfterSeconds: 5 }))
    if (token.useAck === true && collector.ack === 'full') return refusal(hecReply(27, { retryAfterSeconds: 5 }))
    const body = unpacked(request)
    if (typeof body !== 'string') return refusal(body)
    if (body.trim() === '') return refusal(hecReply(5))
    return request.path === 'raw' ? raw(request, token, body, channel) : wrapped(token, body, channel)
  }

  function raw(request: HecRequest, token: HecToken, body: string, channel: string | null | undefined): HecResult {
    const index = request.query.get('index')
    if (index !== null && !mayUse(token, index)) return refusal(hecReply(7))
    return { reply: success(token, channel), events: parseRawEvents(body, request.query) }
  }

  function wrapped(token: HecToken, body: string, channel: string | null | undefined): HecResult {
    const { events, failure } = parseWrappedEvents(body, (index) => mayUse(token, index))
    if (failure === undefined) return { reply: success(token, channel), events }
    return { reply: hecReply(failure.code, { fields: { 'invalid-event-number': failure.eventNumber } }), events }
  }

  function success(token: HecToken, channel: string | null | undefined): Reply {
    const code = collector.queue === 'warning' ? 24 : collector.ack === 'warning' ? 25 : 0
    if (token.useAck !== true || channel === null || channel === undefined) return hecReply(code)
    const ackId = nextAckId++
    const pending = acknowledgments.get(channel) ?? new Set()
    acknowledgments.set(channel, pending.add(ackId))
    return hecReply(code, { fields: { ackId } })
  }

  function acknowledge(request: HecRequest, token: HecToken): Reply {
    if (token.useAck !== true) return hecReply(14)
    const channel = request.headers['x-splunk-request-channel'] ?? request.query.get('channel') ?? ''
    if (channel === '') return hecReply(10)
    if (!channelForm.test(channel)) return hecReply(11)
    const body = unpacked(request)
    if (typeof body !== 'string') return body
    if (body.trim() === '') return hecReply(5)
    const ids = ackIds(body)
    if (ids === undefined) return hecReply(6)
    // An id is told as true once, then forgotten.
    const pending = acknowledgments.get(channel)
    return jsonReply(200, { acks: Object.fromEntries(ids.map((id) => [id, pending?.delete(id) ?? false])) })
  }

  function unpacked(request: HecRequest): string | Reply {
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (request.body.length > options.maximumBodyBytes) return tooLarge()
    if (encoding === 'identity') return Buffer.from(request.body).toString('utf8')
    if (encoding !== 'gzip') return jsonReply(415, { text: 'Unsupported content encoding', code: 415 })
    try {
      return gunzipSync(request.body, { maxOutputLength: options.maximumBodyBytes }).toString('utf8')
    } catch (error) {
      return error instanceof RangeError ? tooLarge() : hecReply(6)
    }
  }
}

function refusal(reply: Reply): HecResult {
  return { reply, events: [] }
}

function tooLarge(): Reply {
  return jsonReply(413, { text: 'Content-Length is too large', code: 413 })
}

function mayUse(token: HecToken, index: string): boolean {
  return token.allowedIndexes === undefined || token.allowedIndexes.includes(index)
}

function ackIds(body: string): readonly number[] | undefined {
  try {
    const { acks } = JSON.parse(body) as { acks?: unknown }
    return Array.isArray(acks) && acks.every(Number.isInteger) ? (acks as number[]) : undefined
  } catch {
    return undefined
  }
}
