import type { ApiAuditEvent } from '../control-plane/audit-log.ts'
import type { GrantedRight } from './granted-rights.ts'

/**
 * What was granted and not used, one sentence each. What is granted in all namespaces must have been used for all of them at
 * once, or in two, lest a right to one namespace would have done.
 */
export function unusedRights(granted: readonly GrantedRight[], events: readonly ApiAuditEvent[]): readonly string[] {
  return granted.flatMap((right) => {
    const uses = events.filter((event) => isUseOf(right, event))
    const where = right.namespace === undefined ? 'all namespaces' : `namespace ${right.namespace}`
    const what = `${right.verb} ${resourceText(right)} in ${where} by ${right.by}`
    if (uses.length === 0) return [`${what}: never used`]
    const namespaces = new Set(uses.map(({ objectRef }) => objectRef?.namespace ?? ''))
    const [only = ''] = namespaces
    // A right to objects with names is as narrow as one to a namespace.
    if (right.namespace !== undefined || right.names.length > 0 || namespaces.size > 1 || only === '') return []
    return [`${what}: only used in namespace ${only}`]
  })
}

/** Requests that the API server refused for lack of a right, one sentence each, each once. */
export function refusedRequests(events: readonly ApiAuditEvent[]): readonly string[] {
  // Admission answers 403 too, as to an Event in a namespace that goes: that is no right that could be granted.
  const refused = events.filter(({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid')
  return [...new Set(refused.map(({ verb, objectRef, requestURI }) => `${verb} ${describe(objectRef) ?? requestURI}`))]
}

function isUseOf(right: GrantedRight, { verb, objectRef, responseStatus }: ApiAuditEvent): boolean {
  const { code = 0 } = responseStatus ?? {}
  // What is not there, or is there already, was asked for in earnest; a watch whose parameters the server does not know was not.
  if (objectRef === undefined || (code >= 400 && code !== 404 && code !== 409)) return false
  const { apiGroup = '', resource, subresource, namespace, name = '' } = objectRef
  return (
    verb === right.verb &&
    apiGroup === right.group &&
    (subresource === undefined ? resource : `${resource}/${subresource}`) === right.resource &&
    (right.namespace === undefined || right.namespace === namespace) &&
    (right.names.length === 0 || right.names.includes(name))
  )
}

function resourceText({ resource, group, names }: GrantedRight): string {
  const full = group === '' ? resource : `${resource}.${group}`
  return names.length === 0 ? full : `${full} (${names.join(', ')})`
}

function describe(objectRef: ApiAuditEvent['objectRef']): string | undefined {
  if (objectRef === undefined) return undefined
  const { apiGroup = '', resource, subresource, namespace, name } = objectRef
  const full = [apiGroup === '' ? resource : `${resource}.${apiGroup}`, subresource].filter(Boolean).join('/')
  return `${full}${name === undefined ? '' : ` '${name}'`}${namespace === undefined ? '' : ` in namespace ${namespace}`}`
}
