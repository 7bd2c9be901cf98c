import type { Clock } from '../../../src/kube/clock.ts'
import type { WekaKnobs } from './knobs.ts'
import type { Reply } from './replies.ts'
import type { RequestLog } from './request-log.ts'
import type { RouteName } from './route-table.ts'
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

/** A request that the route table allows. */
export interface WekaRequest {
  /** Number of the backend that it came to. */
  readonly backend: number
  readonly query: URLSearchParams
  /** Fields that the table has, of the right types; the required ones are there. */
  readonly body: Readonly<Record<string, unknown>>
  /** Whose access token it is; undefined on routes without authentication. */
  readonly user: WekaUser | undefined
}

export type RouteHandler = (request: WekaRequest) => Reply | Promise<Reply>

/** What answers the routes of the table, some or all of them. */
export type RouteHandlers<Name extends RouteName = RouteName> = Readonly<Record<Name, RouteHandler>>

/** A field that the table requires to be text. */
export function textField(body: WekaRequest['body'], name: string): string {
  return String(body[name])
}
