import { expect, test } from 'vitest'

import { isExpired } from './api-error.ts'
import type { ResourceType } from './resource.ts'
import { parseWatchEvent } from './watch-event.ts'

const secrets: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true }

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 's',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '7',
    managedFields: [{ manager: 'kubectl' }],
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"token":"c2VzYW1l"}}', keep: 'me' },
  },
  data: { token: 'c2VzYW1l' },
}
const metadata = { name: 's', namespace: 'n', uid: 'u', resourceVersion: '7', annotations: { keep: 'me' } }

test('an object loses managed fields and the last-applied annotation', () => {
  const line = JSON.stringify({ type: 'MODIFIED', object: secret })
  expect(parseWatchEvent(line, secrets, false)).toEqual({
    type: 'MODIFIED',
    resourceVersion: '7',
    object: { apiVersion: 'v1', kind: 'Secret', metadata, data: { token: 'c2VzYW1l' } },
  })
})

test('of a metadata-only object nothing else is kept, even when the server sent it, and it has its own kind', () => {
  const object = { ...secret, apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' }
  expect(parseWatchEvent(JSON.stringify({ type: 'ADDED', object }), secrets, true)).toEqual({
    type: 'ADDED',
    resourceVersion: '7',
    object: { apiVersion: 'v1', kind: 'Secret', metadata },
  })
})

test.each([
  { name: 'a bookmark', annotations: undefined, want: false },
  { name: 'the bookmark that ends a list', annotations: { 'k8s.io/initial-events-end': 'true' }, want: true },
])('$name is a position', ({ annotations, want }) => {
  const object = { kind: 'Secret', metadata: { resourceVersion: '9', creationTimestamp: null, annotations } }
  expect(parseWatchEvent(JSON.stringify({ type: 'BOOKMARK', object }), secrets, false)).toEqual({
    type: 'BOOKMARK',
    resourceVersion: '9',
    initialEventsEnd: want,
  })
})

test('an ERROR event is the error of its Status', () => {
  const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
  const event = parseWatchEvent(JSON.stringify({ type: 'ERROR', object }), secrets, false)
  expect(event?.type === 'ERROR' && isExpired(event.error)).toBe(true)
})

test.each([
  { name: 'no JSON', line: '{"type":"ADDED","obj' },
  { name: 'an empty line', line: '' },
  { name: 'an unknown type', line: '{"type":"RENAMED","object":{"metadata":{"resourceVersion":"1"}}}' },
  { name: 'no object', line: '{"type":"ADDED"}' },
  { name: 'an object without a name', line: '{"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}' },
  { name: 'an object without resourceVersion', line: '{"type":"ADDED","object":{"metadata":{"name":"x"}}}' },
  {
    name: 'labels of a wrong type',
    line: '{"type":"ADDED","object":{"metadata":{"name":"x","resourceVersion":"1","labels":{"a":1}}}}',
  },
])('$name is no event', ({ line }) => expect(parseWatchEvent(line, secrets, false)).toBeUndefined())
