import { expect, test } from 'vitest'

import { createClusterAdmission, type ClusterAdmission } from './cluster-admission.ts'

const cluster = { namespace: 'storage', name: 'weka' }
const other = { namespace: 'storage', name: 'minio' }

function opened(): { readonly admission: ClusterAdmission; readonly called: string[] } {
  const called: string[] = []
  return { called, admission: createClusterAdmission({ places: 2, onRoom: (resource) => called.push(resource) }) }
}

test('each cluster has places of its own', () => {
  const { admission } = opened()
  expect(admission.admit(cluster, 'a')).toBeDefined()
  expect(admission.admit(cluster, 'b')).toBeDefined()
  expect(admission.admit(cluster, 'c')).toBeUndefined()
  expect(admission.admit(other, 'd')).toBeDefined()
})

test('who was turned away is called when a place is free, in the order they came', () => {
  const { admission, called } = opened()
  const places = ['a', 'b'].map((resource) => admission.admit(cluster, resource))
  for (const resource of ['c', 'd', 'c', 'e']) admission.admit(cluster, resource)
  places[0]?.[Symbol.dispose]()
  places[0]?.[Symbol.dispose]()
  expect(called).toEqual(['c'])
  using _third = admission.admit(cluster, 'c')
  expect(admission.admit(cluster, 'f')).toBeUndefined()
  places[1]?.[Symbol.dispose]()
  expect(called).toEqual(['c', 'd'])
})

test('one that was called and needs no place any more does not keep the next one waiting', () => {
  const { admission, called } = opened()
  const places = ['a', 'b'].map((resource) => admission.admit(cluster, resource))
  for (const resource of ['c', 'd']) admission.admit(cluster, resource)
  places[0]?.[Symbol.dispose]()
  expect(called).toEqual(['c'])
  admission.passed('c')
  expect(called).toEqual(['c', 'd'])
  admission.passed('c')
  expect(called).toEqual(['c', 'd'])
})

test('nobody enters while a cluster is held, all who wait are told so, and are called when it is released', () => {
  const { admission, called } = opened()
  const first = admission.admit(cluster, 'a')
  const second = admission.admit(cluster, 'b')
  for (const resource of ['c', 'd', 'e']) admission.admit(cluster, resource)
  first?.[Symbol.dispose]()
  expect(called.splice(0)).toEqual(['c'])
  admission.hold(cluster)
  expect(called.splice(0)).toEqual(['d', 'e'])
  expect(admission.isHeld(cluster)).toBe(true)
  for (const resource of ['c', 'd', 'e']) expect(admission.admit(cluster, resource)).toBeUndefined()
  second?.[Symbol.dispose]()
  admission.passed('c')
  expect(called).toEqual([])
  admission.release(cluster)
  expect(called).toEqual(['c', 'd'])
  expect(admission.isHeld(cluster)).toBe(false)
  expect(admission.admit(cluster, 'c')).toBeDefined()
})
