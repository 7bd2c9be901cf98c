import type { Clock } from '../../../src/kube/clock.ts'
import type { Authentication } from './authentication.ts'
import type { BackendFault } from './knobs.ts'
import { badRequest, forbidden, htmlReply, jsonReply, notFound, type Reply, unauthorized } from './replies.ts'
import { redacted } from './request-log.ts'
import type { WekaContext, WekaRoute } from './route.ts'
import type { WekaUser } from './state.ts'
import { LostAnswer } from './webhook-routes.ts'

export interface ApiRequest {
  readonly backend: number
  readonly method: string
  readonly url: URL
  readonly authorization: string | undefined
  readonly body: Uint8Array
}

/** An answer, or what the caller gets instead of one. */
export type ApiResult = Reply | { readonly lost: 'reset' | 'stall' }

const base = '/api/v2'

/** The management API as one backend serves it: faults first, then authentication, roles and routes. */
export function createManagementApi(
  context: WekaContext,
  authentication: Authentication,
  routes: readonly WekaRoute[],
): (request: ApiRequest) => Promise<ApiResult> {
  async function answer(request: ApiRequest, body: unknown, user: WekaUser | undefined): Promise<ApiResult> {
    const fault = takeFault(context, request)
    const faulty = fault === undefined ? undefined : faultResult(fault)
    if (faulty !== undefined) return faulty
    const route = routes.find(({ method, path }) => method === request.method && base + path === request.url.pathname)
    if (route === undefined) return notFound('There is no such route')
    if (route.access !== 'Public' && user === undefined) return unauthorized
    if (route.access === 'ClusterAdmin' && user?.role !== 'ClusterAdmin') return forbidden
    if (body === invalidJson) return badRequest('The body is not JSON')
    try {
      return await route.handle({ query: request.url.searchParams, body, user })
    } catch (error) {
      if (error instanceof LostAnswer) return { lost: error.mode }
      throw error
    }
  }

  return async (request) => {
    const body = parsedBody(request.body)
    await pause(context.clock, context.knobs().latencyMilliseconds)
    const user = authentication.userOf(request.authorization)
    const result = await answer(request, body, user)
    context.log.add({
      time: new Date(context.clock.now()).toISOString(),
      backend: request.backend,
      method: request.method,
      path: request.url.pathname,
      status: 'lost' in result ? 0 : result.status,
      user: user?.username,
      body: redacted(body),
    })
    return result
  }
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

const invalidJson = Symbol('invalid JSON')

function parsedBody(body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body)
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return invalidJson
  }
}

function pause(clock: Clock, milliseconds: number): Promise<void> | undefined {
  if (milliseconds === 0) return undefined
  return new Promise((resolve) => void clock.timer(milliseconds, resolve))
}
