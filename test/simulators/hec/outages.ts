import { hecReply, htmlReply, plainReply, redirectReply, type Reply } from './replies.ts'

/** Which requests an outage hits. */
export type HecPath = 'health' | 'event' | 'raw' | 'ack' | 'other'

/**
 * What goes wrong, for how many requests or how long; without either until `recover()`.
 *
 * - `refuse`: nobody listens; the connection is refused.
 * - `reset`: the connection is reset when the request has come.
 * - `stall`: the request is taken and never answered.
 * - `slow`: the right answer comes after `delayMilliseconds`.
 * - `status`: an answer of one's own, see OutageAnswer.
 */
export type Outage = OutageScope &
  (
    | { readonly mode: 'refuse' }
    | { readonly mode: 'reset' }
    | { readonly mode: 'stall' }
    | { readonly mode: 'slow'; readonly delayMilliseconds: number }
    | ({ readonly mode: 'status' } & OutageAnswer)
  )

/** A HEC code with its usual status; or a bare HTTP status, as HTML or plain text; or a redirect. The first that is given counts. */
export interface OutageAnswer {
  readonly code?: number | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly redirect?: string | undefined
  readonly html?: boolean | undefined
  readonly httpStatus?: number | undefined
}

export interface OutageScope {
  /** Absent: every path. `refuse` hits all paths. */
  readonly paths?: readonly HecPath[] | undefined
  readonly count?: number | undefined
  readonly forMilliseconds?: number | undefined
}

/** The outages in force, in the order they were scripted. */
export interface OutageScript {
  add(outage: Outage): void
  clear(): void
  /** The outage that hits this request, which uses up one of its count. */
  take(path: HecPath): Outage | undefined
  list(): readonly Outage[]
}

export function createOutageScript(now: () => number): OutageScript {
  let entries: { outage: Outage; left: number; end: number }[] = []
  return {
    add(outage) {
      entries.push({
        outage,
        left: outage.count ?? Number.POSITIVE_INFINITY,
        end: outage.forMilliseconds === undefined ? Number.POSITIVE_INFINITY : now() + outage.forMilliseconds,
      })
    },
    clear() {
      entries = []
    },
    take(path) {
      entries = entries.filter(({ left, end }) => left > 0 && end > now())
      const hit = entries.find(({ outage }) => outage.paths === undefined || outage.paths.includes(path))
      if (hit !== undefined) hit.left--
      return hit?.outage
    },
    list: () => entries.filter(({ left, end }) => left > 0 && end > now()).map(({ outage }) => outage),
  }
}

export function outageReply(answer: OutageAnswer): Reply {
  if (answer.code !== undefined) {
    const { retryAfterSeconds } = answer
    return hecReply(answer.code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
  }
  if (answer.redirect !== undefined) return redirectReply(answer.redirect)
  const reply = answer.html === true ? htmlReply(answer.httpStatus ?? 200) : plainReply(answer.httpStatus ?? 500)
  if (answer.retryAfterSeconds === undefined) return reply
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(answer.retryAfterSeconds) } }
}
