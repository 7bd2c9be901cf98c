import { describe, expect, test } from 'vitest'

import type { KubernetesObject } from './resource.ts'
import { createStore, type StoreChange } from './store.ts'

function object(name: string, resourceVersion = '1', uid = `uid-${name}`, app = 'x'): KubernetesObject {
  return { metadata: { namespace: 'ns', name, uid, resourceVersion, labels: { app } } }
}

/** Type, name and resourceVersion of each change. */
function brief(changes: readonly StoreChange<KubernetesObject>[]): string[] {
  return changes.map(({ type, object }) => `${type} ${object.metadata.name}@${object.metadata.resourceVersion}`)
}

const byApp = { app: (o: KubernetesObject): readonly string[] => [o.metadata.labels?.['app'] ?? ''] }

describe('set', () => {
  test('tells an addition, an update with the state before, and nothing for what it has', () => {
    const store = createStore()
    expect(store.set(object('a'))).toEqual([{ type: 'Added', object: object('a') }])
    expect(store.set(object('a'))).toEqual([])
    expect(store.set(object('a', '2'))).toEqual([{ type: 'Updated', object: object('a', '2'), previous: object('a') }])
    expect(store.get('ns/a')).toEqual(object('a', '2'))
  })

  test('tells a deletion first when another object took the name', () => {
    const store = createStore()
    store.set(object('a', '1', 'old'))
    expect(store.set(object('a', '9', 'new'))).toEqual([
      { type: 'Deleted', object: object('a', '1', 'old') },
      { type: 'Added', object: object('a', '9', 'new') },
    ])
  })
})

describe('delete', () => {
  test('tells the last state, once', () => {
    const store = createStore()
    store.set(object('a'))
    expect(brief(store.delete(object('a', '7')))).toEqual(['Deleted a@7'])
    expect(store.delete(object('a', '7'))).toEqual([])
    expect(store.size).toBe(0)
  })

  test('leaves a later object of the same name alone', () => {
    const store = createStore()
    store.set(object('a', '9', 'new'))
    expect(store.delete(object('a', '3', 'old'))).toEqual([])
    expect(store.size).toBe(1)
  })
})

test('replace tells what was deleted, updated and added, and nothing of what stayed', () => {
  const store = createStore()
  store.replace([object('stays'), object('changes'), object('goes'), object('reborn', '1', 'old')], '')
  const changes = store.replace(
    [object('stays'), object('changes', '5'), object('comes', '6'), object('reborn', '7')],
    '',
  )
  expect(brief(changes)).toEqual([
    'Deleted goes@1',
    'Updated changes@5',
    'Added comes@6',
    'Deleted reborn@1',
    'Added reborn@7',
  ])
  expect(store.list().map((o) => o.metadata.name)).toEqual(['stays', 'changes', 'reborn', 'comes'])
})

test('replace in one namespace leaves the others alone', () => {
  const store = createStore()
  const elsewhere = { metadata: { ...object('a').metadata, namespace: 'other' } }
  store.replace([object('a'), object('b')], 'ns')
  store.replace([elsewhere], 'other')
  expect(brief(store.replace([object('b')], 'ns'))).toEqual(['Deleted a@1'])
  expect(store.list()).toEqual([object('b'), elsewhere])
})

describe('indexes', () => {
  test('follow additions, changes and deletions', () => {
    const store = createStore(byApp)
    const names = (app: string): string[] => store.byIndex('app', app).map((o) => o.metadata.name)
    store.replace([object('a', '1', 'a', 'x'), object('b', '1', 'b', 'x')], '')
    expect(names('x')).toEqual(['a', 'b'])
    store.set(object('a', '2', 'a', 'y'))
    expect([names('x'), names('y')]).toEqual([['b'], ['a']])
    store.delete(object('b', '3', 'b', 'ignored: the stored state is what was indexed'))
    expect(names('x')).toEqual([])
    store.replace([], '')
    expect(names('y')).toEqual([])
  })

  test('one that was not declared is refused', () => {
    expect(() => createStore(byApp).byIndex('team', 'x')).toThrow("The index 'team' is not declared")
  })
})
