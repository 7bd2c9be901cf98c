import { badRequest, notFound, type Reply, unauthorized } from './replies.ts'
import type { DeclaredRoute, DeclaredType } from './route-table.ts'

/** A request as it arrived. */
export interface ArrivedRequest {
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

/** What a request has that the table does not allow, in a clause without any of its values, and the answer to it. */
export interface Refusal {
  readonly what: string
  readonly reply: Reply
}

/** Its JSON object, empty where there is none; or why it is refused. */
export type CheckedRequest = { readonly body: Readonly<Record<string, unknown>> } | { readonly refusal: Refusal }

/**
 * Holds a request against its entry in the route table. Statuses and shapes of the answers are those that the description has for
 * any route; nothing documents that a cluster refuses fields that it does not know, which makes this the strict reading.
 */
export function checkRequest(route: DeclaredRoute | undefined, request: ArrivedRequest): CheckedRequest {
  if (route === undefined) return { refusal: { what: 'no such route', reply: notFound('There is no such route') } }
  if (route.access !== 'Public' && !/^Bearer \S+$/.test(request.authorization ?? '')) {
    return { refusal: { what: 'no bearer token', reply: unauthorized } }
  }
  return checkQuery(route, request.query) ?? checkBody(route, request)
}

function checkQuery(route: DeclaredRoute, query: URLSearchParams): CheckedRequest | undefined {
  for (const [name, value] of query) {
    const type = declared(route.query, name)
    if (type === undefined) return refused(name, `unknown parameter '${name}'`)
    if (!fitsQuery(type, value)) return refused(name, `parameter '${name}' is no ${type}`)
  }
  return undefined
}

function checkBody(route: DeclaredRoute, { body, contentType }: ArrivedRequest): CheckedRequest {
  if (route.body === undefined) return body.length === 0 ? { body: {} } : refused('body', 'a body where there is none')
  if (contentType?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
    return refused('body', 'a body that is not sent as application/json')
  }
  const fields = parsedObject(body)
  if (fields === undefined) return refused('body', 'a body that is no JSON object')
  const { required, optional } = route.body
  for (const [name, value] of Object.entries(fields)) {
    const type = declared(required, name) ?? declared(optional, name)
    if (type === undefined) return refused(name, `unknown field '${name}'`)
    if (!fits(type, value)) return refused(name, `field '${name}' is no ${type}`)
  }
  const missing = Object.keys(required).filter((name) => !Object.hasOwn(fields, name))
  if (missing.length === 0) return { body: fields }
  const reply = badRequest('Missing parameters', { missing_params: missing })
  return { refusal: { what: `missing fields: ${missing.join(', ')}`, reply } }
}

function refused(param: string, what: string): CheckedRequest {
  return { refusal: { what, reply: badRequest('Invalid parameter', { param, error: what }) } }
}

function declared(types: Readonly<Record<string, DeclaredType>> | undefined, name: string): DeclaredType | undefined {
  return types !== undefined && Object.hasOwn(types, name) ? types[name] : undefined
}

function fits(type: DeclaredType, value: unknown): boolean {
  return type === 'number' ? typeof value === 'number' && value > 0 : typeof value === 'string'
}

function fitsQuery(type: DeclaredType, value: string): boolean {
  if (type === 'number') return /^[1-9]\d*$/.test(value)
  return type === 'text' || value === 'asc' || value === 'dsc'
}

function parsedObject(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
