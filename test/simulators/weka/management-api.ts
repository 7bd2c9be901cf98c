import type { Clock } from '../../../src/kube/clock.ts'
import type { Authentication } from './authentication.ts'
import { checkRequest, type CheckedRequest } from './check-request.ts'
import type { BackendFault } from './knobs.ts'
import { forbidden, htmlReply, jsonReply, type Reply, unauthorized } from './replies.ts'
import { redacted } from './request-log.ts'
import { declaredRoute, type DeclaredRoute, type RouteName } from './route-table.ts'
import type { RouteHandlers, WekaContext } from './route.ts'
import type { WekaUser } from './state.ts'
import { LostAnswer } from './webhook-routes.ts'

export interface ApiRequest {
  readonly backend: number
  readonly method: string
  readonly url: URL
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

/** An answer, or what the caller gets instead of one. */
export type ApiResult = Reply | { readonly lost: 'reset' | 'stall' }

const base = '/api/v2'

/** The management API as a backend serves it: faults first, then the route table, authentication, roles and fields. */
export function createManagementApi(
  context: WekaContext,
  authentication: Authentication,
  handlers: RouteHandlers,
): (request: ApiRequest) => Promise<ApiResult> {
  async function answer(
    request: ApiRequest,
    route: DeclaredRoute | undefined,
    checked: CheckedRequest,
    user: WekaUser | undefined,
  ): Promise<ApiResult> {
    const fault = takeFault(context, request)
    const faulty = fault === undefined ? undefined : faultResult(fault)
    if (faulty !== undefined) return faulty
    if (route !== undefined && route.access !== 'Public' && user === undefined) return unauthorized
    if (route?.access === 'ClusterAdmin' && user?.role !== 'ClusterAdmin') return forbidden
    if ('refusal' in checked) return checked.refusal.reply
    const handle = handlers[`${request.method} ${pathOf(request)}` as RouteName]
    try {
      return await handle({ backend: request.backend, query: request.url.searchParams, body: checked.body, user })
    } catch (error) {
      if (error instanceof LostAnswer) return { lost: error.mode }
      throw error
    }
  }

  return async (request) => {
    const { backend, method, url, authorization } = request
    const entry = { time: new Date(context.clock.now()).toISOString(), backend, method, path: url.pathname }
    const route = declaredRoute(method, pathOf(request))
    const checked = checkRequest(route, { ...request, query: url.searchParams })
    if ('refusal' in checked) context.log.violate({ ...entry, what: checked.refusal.what })
    await pause(context.clock, context.knobs().latencyMilliseconds)
    const user = authentication.userOf(authorization)
    const result = await answer(request, route, checked, user)
    context.log.add({
      ...entry,
      status: 'lost' in result ? 0 : result.status,
      user: user?.username,
      body: 'refusal' in checked ? undefined : redacted(checked.body),
    })
    return result
  }
}

/** Below `/api/v2`; what lies elsewhere is no path of the table. */
function pathOf({ url }: ApiRequest): string {
  return url.pathname.startsWith(`${base}/`) ? url.pathname.slice(base.length) : ''
}

/** The fault that hits this request, which uses up one of its count. */
function takeFault(context: WekaContext, { backend, url }: ApiRequest): BackendFault | undefined {
  const faults = context.knobs().backendFaults
  const fault = faults[String(backend)]
  if (fault?.path !== undefined && base + fault.path !== url.pathname) return undefined
  if (fault?.count !== undefined && --fault.count <= 0) delete faults[String(backend)]
  return fault
}

function faultResult({ mode, retryAfterSeconds }: BackendFault): ApiResult | undefined {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  switch (mode) {
    case 'unavailable':
      return jsonReply(503, { message: 'Service unavailable' }, headers)
    case 'throttled':
      return jsonReply(429, { message: 'Too many requests' }, headers)
    case 'serverError':
      return jsonReply(500, { message: 'Internal error' })
    case 'html':
      return htmlReply(200)
    case 'reset':
    case 'stall':
      return { lost: mode }
    default:
      return undefined
  }
}

function pause(clock: Clock, milliseconds: number): Promise<void> | undefined {
  if (milliseconds === 0) return undefined
  return new Promise((resolve) => void clock.timer(milliseconds, resolve))
}
