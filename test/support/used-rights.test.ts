import { describe, expect, test } from 'vitest'

import type { ApiAuditEvent } from '../control-plane/audit-log.ts'
import { grantedRights } from './granted-rights.ts'
import { refusedRequests, unusedRights } from './used-rights.ts'

const serviceAccount = { namespace: 'ops', name: 'operator' }
const subjects = [{ kind: 'ServiceAccount', ...serviceAccount }]

type Given = Readonly<Record<string, unknown>> & { readonly kind: string }

function everywhere(...rules: readonly object[]): readonly Given[] {
  return [
    { kind: 'ClusterRole', metadata: { name: 'r' }, rules },
    { kind: 'ClusterRoleBinding', metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name: 'r' }, subjects },
  ]
}

function inNamespace(namespace: string, ...rules: readonly object[]): readonly Given[] {
  return [
    { kind: 'Role', metadata: { name: 'r', namespace: 'elsewhere' }, rules: [] },
    { kind: 'Role', metadata: { name: 'r', namespace }, rules },
    { kind: 'RoleBinding', metadata: { name: 'b', namespace }, roleRef: { kind: 'Role', name: 'r' }, subjects },
  ]
}

function event(verb: string, objectRef: Required<ApiAuditEvent>['objectRef'], code = 200): ApiAuditEvent {
  const user = { username: 'system:serviceaccount:ops:operator' }
  const annotations = { 'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow' }
  return { verb, requestURI: '/', user, objectRef, responseStatus: { code }, annotations, stageTimestamp: '' }
}

const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }
const statuses = { apiGroups: ['s3audit.dev'], resources: ['s3clusters/status'], verbs: ['patch'] }
const lease = {
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  verbs: ['update'],
  resourceNames: ['s3-audit-operator'],
}
const inA = event('get', { resource: 'secrets', namespace: 'a', name: 's' })
const inB = event('get', { resource: 'secrets', namespace: 'b', name: 's' })

const cases: readonly {
  readonly name: string
  readonly given: readonly Given[]
  readonly events: readonly ApiAuditEvent[]
  readonly want: readonly string[]
}[] = [
  {
    name: 'that nobody asked for',
    given: everywhere(secrets),
    events: [],
    want: ['get secrets in all namespaces by ClusterRole r: never used'],
  },
  {
    name: 'of another verb',
    given: everywhere({ ...secrets, verbs: ['get', 'list'] }),
    events: [inA, inB],
    want: ['list secrets in all namespaces by ClusterRole r: never used'],
  },
  {
    name: 'in all namespaces where one would have done',
    given: everywhere(secrets),
    events: [inA, inA],
    want: ['get secrets in all namespaces by ClusterRole r: only used in namespace a'],
  },
  {
    name: 'in a namespace, used in another one',
    given: inNamespace('b', secrets),
    events: [inA],
    want: ['get secrets in namespace b by Role r: never used'],
  },
  {
    name: 'to a subresource, of which only the resource was used',
    given: everywhere(statuses),
    events: [event('patch', { apiGroup: 's3audit.dev', resource: 's3clusters', namespace: 'a', name: 'c' })],
    want: ['patch s3clusters/status.s3audit.dev in all namespaces by ClusterRole r: never used'],
  },
  {
    name: 'to a name, of which only another was used',
    given: inNamespace('ops', lease),
    events: [event('update', { apiGroup: 'coordination.k8s.io', resource: 'leases', namespace: 'ops', name: 'x' })],
    want: ['update leases.coordination.k8s.io (s3-audit-operator) in namespace ops by Role r: never used'],
  },
  {
    name: 'that was refused all the same',
    given: everywhere(secrets),
    events: [event('get', { resource: 'secrets', namespace: 'a', name: 's' }, 403)],
    want: ['get secrets in all namespaces by ClusterRole r: never used'],
  },
  {
    name: 'to a watch that the server does not offer',
    given: everywhere({ ...secrets, verbs: ['watch'] }),
    events: [event('watch', { resource: 'secrets' }, 422)],
    want: ['watch secrets in all namespaces by ClusterRole r: never used'],
  },
  {
    name: 'by a wildcard, which no request has',
    given: everywhere({ ...secrets, verbs: ['*'] }),
    events: [inA, inB],
    want: ['* secrets in all namespaces by ClusterRole r: never used'],
  },
  { name: 'used in two namespaces is none', given: everywhere(secrets), events: [inA, inB], want: [] },
  {
    name: 'used for all namespaces at once is none',
    given: everywhere({ ...secrets, verbs: ['watch'] }),
    events: [event('watch', { resource: 'secrets' })],
    want: [],
  },
  { name: 'granted to somebody else is none', given: everywhere(secrets).slice(0, 1), events: [], want: [] },
]

describe('an unused right', () => {
  test.each(cases)('$name', ({ given, events, want }) => {
    expect(unusedRights(grantedRights(given, serviceAccount), events)).toEqual(want)
  })

  test('cannot be told when the role of a binding is not there', () => {
    expect(() => grantedRights(everywhere(secrets).slice(1), serviceAccount)).toThrow('ClusterRole r of binding b')
  })
})

describe('a refused request', () => {
  const create = event('create', { apiGroup: 'events.k8s.io', resource: 'events', namespace: 'a' }, 403)

  test('is told once, by verb, resource, name and namespace', () => {
    expect(refusedRequests([create, create, inA])).toEqual(['create events.events.k8s.io in namespace a'])
  })

  test('is none where the right is there and admission refuses', () => {
    expect(refusedRequests([{ ...create, annotations: { 'authorization.k8s.io/decision': 'allow' } }])).toEqual([])
  })
})
