import type { Clock } from '../../../src/kube/clock.ts'
import type { WekaKnobs } from './knobs.ts'
import type { Reply } from './replies.ts'
import type { RequestLog } from './request-log.ts'
import type { WekaState, WekaUser } from './state.ts'

/** What the routes act on. `knobs` changes while the simulator runs. */
export interface WekaContext {
  readonly state: WekaState
  readonly knobs: () => WekaKnobs
  readonly clock: Clock
  readonly log: RequestLog
  /** Called after the webhook changed: the S3 servers restart with the new setting. */
  readonly onWebhookChanged: () => void
}

export interface WekaRequest {
  readonly query: URLSearchParams
  /** Parsed JSON; undefined when there is none. */
  readonly body: unknown
  /** Whose access token it is; undefined on routes without authentication. */
  readonly user: WekaUser | undefined
}

/** One route. The path is below `/api/v2`. */
export interface WekaRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** `Public` needs no token, `ClusterAdmin` that role. */
  readonly access: 'Public' | 'AnyUser' | 'ClusterAdmin'
  handle(request: WekaRequest): Reply | Promise<Reply>
}

/** The text fields of a JSON object; everything else counts as missing. */
export function textField(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined
  const value = (body as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : undefined
}
