import { describe, expect, test } from 'vitest'

import { apiVersionOf, objectKey, parseObjectKey, resourcePath, type ResourceType } from './resource.ts'

const configMaps: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }
const widgets: ResourceType = { group: 'x.dev', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true }
const nodes: ResourceType = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }

describe('resourcePath', () => {
  test.each([
    { name: 'core, all namespaces', type: configMaps, target: {}, want: '/api/v1/configmaps' },
    { name: 'an empty namespace is all', type: configMaps, target: { namespace: '' }, want: '/api/v1/configmaps' },
    { name: 'one namespace', type: widgets, target: { namespace: 'a' }, want: '/apis/x.dev/v1/namespaces/a/widgets' },
    {
      name: 'an object and its subresource',
      type: widgets,
      target: { namespace: 'a', name: 'b', subresource: 'status' },
      want: '/apis/x.dev/v1/namespaces/a/widgets/b/status',
    },
    {
      name: 'cluster-scoped: the namespace is left out',
      type: nodes,
      target: { namespace: '', name: 'n' },
      want: '/api/v1/nodes/n',
    },
    {
      name: 'a name with a slash or a question mark stays one segment',
      type: configMaps,
      target: { namespace: 'a', name: '../x?y#z' },
      want: '/api/v1/namespaces/a/configmaps/..%2Fx%3Fy%23z',
    },
  ])('$name', ({ type, target, want }) => expect(resourcePath(type, target)).toBe(want))

  test.each([
    { name: 'a namespaced object without namespace', target: { name: 'x' }, want: 'give its namespace' },
    { name: 'dots as a name', target: { namespace: 'a', name: '..' }, want: 'cannot be a segment' },
    { name: 'an empty name', target: { namespace: 'a', name: '' }, want: 'cannot be a segment' },
  ])('refuses $name', ({ target, want }) => expect(() => resourcePath(configMaps, target)).toThrow(want))
})

test.each([{ name: { namespace: 'a', name: 'b' } }, { name: { namespace: '', name: 'b' } }])(
  'a key is read back as the name it was made from: $name',
  ({ name }) => expect(parseObjectKey(objectKey(name))).toEqual(name),
)

test('apiVersion of the core group has no group', () => {
  expect([apiVersionOf(configMaps), apiVersionOf(widgets)]).toEqual(['v1', 'x.dev/v1'])
})
