import { describe, expect, test } from 'vitest'

import {
  end,
  list,
  noWatchList,
  refuse,
  type Script,
  send,
  stream,
  watchScript,
  widget,
} from '../../test/support/watch-script.ts'

describe('an informer', () => {
  test('asks for metadata only, and for what the selector names', async () => {
    const options = { metadataOnly: true, fieldSelector: 'metadata.name=a' }
    const { requests, until } = await watchScript([noWatchList, list('1', [])], options)
    await until(() => requests().length === 3)
    expect(requests().map(({ headers, query }) => [headers.accept, query['fieldSelector']])).toEqual([
      ['application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', 'metadata.name=a'],
      ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'metadata.name=a'],
      ['application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', 'metadata.name=a'],
    ])
  })

  test('goes on when a handler throws, and says so', async () => {
    const { informer, changes, errors, until } = await watchScript([
      (_request, response) => {
        setTimeout(() => send(response, ['ADDED', widget('a', '1')], ['BOOKMARK', end('5')]), 20)
        response.flushHeaders()
      },
    ])
    informer.onChange(() => {
      throw new Error('handler')
    })
    await until(() => informer.hasSynced())
    expect(changes).toEqual(['Added a@1*'])
    expect(errors).toEqual(['A handler of changes failed'])
  })

  test('waits for its first list, or for the signal', async () => {
    const { informer } = await watchScript([stream(['BOOKMARK', end('5')])])
    await informer.waitForSync(AbortSignal.timeout(4000))
    const silent = await watchScript([])
    const abort = new AbortController()
    const waiting = silent.informer.waitForSync(abort.signal)
    abort.abort(new Error('too long'))
    await expect(waiting).rejects.toThrow('too long')
  })

  test('is no longer fresh when the API server was not heard for three minutes', async () => {
    const { informer, until } = await watchScript([
      stream(['BOOKMARK', end('5')]),
      ...Array.from({ length: 40 }, () => refuse(500, 'InternalError')),
    ])
    await until(() => informer.isFresh())
    await until(() => !informer.isFresh(), 1000)
    expect(informer.hasSynced()).toBe(true)
  })

  test('stops at once, leaving no timer and no open watch', async () => {
    const { informer, clock, stop, until } = await watchScript([stream(['BOOKMARK', end('5')])])
    await until(() => informer.hasSynced())
    await stop()
    expect(clock.pending()).toBe(0)
  })
})

test('an informer of some namespaces watches each and looks like one of all', async () => {
  const byNamespace: Script[number] = (request, response) => {
    const namespace = request.path.split('/')[5] ?? ''
    const object = { ...widget('a', '1'), metadata: { ...widget('a', '1').metadata, namespace } }
    send(response, ['ADDED', object], ['BOOKMARK', end('5')])
  }
  const { informer, changes, requests, until } = await watchScript([byNamespace, byNamespace], {
    namespaces: ['one', 'two'],
  })
  await until(() => informer.hasSynced())
  expect(
    requests()
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['/apis/x.dev/v1/namespaces/one/widgets', '/apis/x.dev/v1/namespaces/two/widgets'])
  expect(informer.store.get('two/a')?.metadata.namespace).toBe('two')
  expect([informer.store.get('three/a'), informer.store.size, changes.length]).toEqual([undefined, 2, 2])
})
