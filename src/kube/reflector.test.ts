import { describe, expect, test } from 'vitest'

import { noMetrics } from '../../test/support/no-metrics.ts'
import { answerJson, status } from '../../test/support/scripted-api-server.ts'
import {
  end,
  list,
  noWatchList,
  refuse,
  type Script,
  send,
  stream,
  streamAndEnd,
  watchScript,
  widget,
} from '../../test/support/watch-script.ts'

describe('the list', () => {
  test('streams in as the initial events of a watch, which goes on from there', async () => {
    const { informer, changes, asked, requests, until } = await watchScript([
      stream(
        ['ADDED', widget('a', '1')],
        ['ADDED', widget('b', '2')],
        ['BOOKMARK', end('5')],
        ['MODIFIED', widget('a', '6')],
        ['DELETED', widget('b', '7')],
      ),
    ])
    await until(() => changes.length === 4)
    expect(changes).toEqual(['Added a@1*', 'Added b@2*', 'Updated a@6', 'Deleted b@7'])
    expect(asked()).toEqual(['watchlist'])
    expect(requests()[0]).toMatchObject({
      path: '/apis/x.dev/v1/widgets',
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        timeoutSeconds: '300',
      },
    })
    expect(informer.store.byIndex('name', 'a')).toEqual([widget('a', '6')])
    expect([informer.hasSynced(), informer.isFresh()]).toEqual([true, true])
  })

  test('is nothing until its end has come', async () => {
    const { informer, changes, clock, requests, until } = await watchScript([stream(['ADDED', widget('a', '1')])])
    await until(() => requests().length === 1)
    await clock.advance(1000)
    expect([informer.hasSynced(), informer.isFresh(), informer.store.size]).toEqual([false, false, 0])
    expect(changes).toEqual([])
  })

  test('comes in pages from a server that refuses to stream it', async () => {
    const { changes, asked, requests, until } = await watchScript([
      noWatchList,
      list('10', [widget('a', '1')], 'page-2'),
      list('10', [widget('b', '2')]),
      stream(['ADDED', widget('c', '11')]),
    ])
    await until(() => changes.length === 3)
    expect(changes).toEqual(['Added a@1*', 'Added b@2*', 'Added c@11'])
    expect(asked()).toEqual(['watchlist', 'list', 'list page-2', 'watch from 10'])
    expect(requests()[1]?.query['limit']).toBe('500')
  })

  test('is read anew in one piece when its pages expire on the way', async () => {
    const { changes, asked, requests, until } = await watchScript([
      noWatchList,
      list('10', [widget('a', '1')], 'page-2'),
      refuse(410, 'Expired'),
      list('20', [widget('b', '2')]),
    ])
    await until(() => changes.length === 1)
    expect(changes).toEqual(['Added b@2*'])
    expect(asked().slice(0, 4)).toEqual(['watchlist', 'list', 'list page-2', 'list'])
    expect(requests()[3]?.query['limit']).toBeUndefined()
  })

  test('is tried again with growing delays while it fails', async () => {
    const times: number[] = []
    const fail: Script[number] = (request, response) => {
      times.push(watched.clock.monotonic())
      refuse(500, 'InternalError')(request, response)
    }
    const watched = await watchScript([fail, fail, fail, stream(['BOOKMARK', end('1')])])
    await watched.until(() => watched.informer.hasSynced(), 100)
    const [first = 0, second = 0, third = 0] = times
    expect(second - first).toBeGreaterThanOrEqual(800)
    expect(third - second).toBeGreaterThanOrEqual(1600)
    expect(watched.asked()).toEqual(['watchlist', 'watchlist', 'watchlist', 'watchlist'])
  })

  test('that fails is counted as such, streamed or in pages', async () => {
    const results: boolean[] = []
    const metrics = { ...noMetrics, listed: (_resource: string, { ok }: { ok: boolean }) => results.push(ok) }
    const fail = refuse(500, 'InternalError')
    const { informer, until } = await watchScript([fail, noWatchList, fail, list('3', [])], { metrics })
    await until(() => informer.hasSynced(), 100)
    expect(results).toEqual([false, false, true])
  })

  test('comes in pages once when a stream ended without the end of the list', async () => {
    const { asked, informer, until } = await watchScript([
      streamAndEnd(['ADDED', widget('a', '1')]),
      list('3', [widget('a', '1')]),
      refuse(410, 'Expired'),
      stream(['BOOKMARK', end('9')]),
    ])
    await until(() => informer.hasSynced() && informer.store.size === 0, 100)
    expect(asked()).toEqual(['watchlist', 'list', 'watch from 3', 'watchlist'])
  })

  test('that is no list is a failure like any other', async () => {
    const { informer, until } = await watchScript([
      noWatchList,
      (_request, response) => answerJson(response, { kind: 'Surprise' }),
      list('3', [widget('a', '1')]),
    ])
    await until(() => informer.hasSynced(), 100)
    expect(informer.store.size).toBe(1)
  })
})

describe('a watch', () => {
  test('that the server closes is resumed from the last position, bookmarks included', async () => {
    const { changes, asked, until } = await watchScript([
      streamAndEnd(['ADDED', widget('a', '1')], ['BOOKMARK', end('5')], ['MODIFIED', widget('a', '6')]),
      streamAndEnd(['BOOKMARK', { metadata: { resourceVersion: '40' } }]),
      stream(['MODIFIED', widget('a', '41')]),
    ])
    await until(() => changes.length === 3)
    expect(asked()).toEqual(['watchlist', 'watch from 6', 'watch from 40'])
  })

  test('that breaks is resumed, and what it had brought is not lost', async () => {
    const { changes, asked, until } = await watchScript([
      (_request, response) => {
        send(response, ['BOOKMARK', end('5')], ['ADDED', widget('a', '6')])
        response.write('{"type":"ADDED","object":{"meta', () => setTimeout(() => response.destroy(), 20))
      },
      stream(['ADDED', widget('b', '7')]),
    ])
    await until(() => changes.length === 2, 50)
    expect(changes).toEqual(['Added a@6', 'Added b@7'])
    expect(asked()).toEqual(['watchlist', 'watch from 6'])
  })

  test('that falls silent is given up and resumed', async () => {
    const { asked, clock, informer, until } = await watchScript([stream(['BOOKMARK', end('5')])])
    await until(() => informer.hasSynced())
    await clock.advance(149_000)
    expect(asked()).toEqual(['watchlist'])
    await until(() => asked().length === 2, 1000)
    expect(asked()).toEqual(['watchlist', 'watch from 5'])
    expect(clock.monotonic()).toBeGreaterThanOrEqual(150_000)
  })

  test.each([
    { name: 'a 410 answer', answer: refuse(410, 'Expired') },
    { name: 'a 410 event', answer: stream(['ERROR', status(410, 'Expired', 'too old resource version')]) },
    { name: 'another ERROR event', answer: stream(['ERROR', status(500, 'InternalError', 'etcd')]) },
    { name: 'too large a resource version', answer: refuse(504, 'Timeout', 'Too large resource version: 9') },
    { name: 'a line that is no event', answer: ((_q, r) => void r.write('<html>\n')) satisfies Script[number] },
    { name: 'a refusal', answer: refuse(403, 'Forbidden') },
  ])('that ends with $name is followed by a list, and only what changed is told', async ({ answer }) => {
    const { changes, asked, until } = await watchScript([
      streamAndEnd(
        ['ADDED', widget('stays', '1')],
        ['ADDED', widget('changes', '2')],
        ['ADDED', widget('goes', '3')],
        ['BOOKMARK', end('5')],
      ),
      answer,
      stream(
        ['ADDED', widget('stays', '1')],
        ['ADDED', widget('changes', '8')],
        ['ADDED', widget('comes', '9')],
        ['BOOKMARK', end('10')],
      ),
    ])
    await until(() => changes.length === 6, 100)
    expect(asked()).toEqual(['watchlist', 'watch from 5', 'watchlist'])
    expect(changes.slice(3)).toEqual(['Deleted goes@3', 'Updated changes@8', 'Added comes@9'])
  })

  test('that is forbidden is told once, with what is to be granted, until it is allowed', async () => {
    const forbidden = refuse(403, 'Forbidden', 'cannot watch')
    const { errors, informer, until, asked } = await watchScript(
      [forbidden, forbidden, refuse(500, 'InternalError'), forbidden, stream(['BOOKMARK', end('1')])],
      { namespaces: ['ns'] },
    )
    await until(() => informer.refusal() !== undefined)
    expect(informer.refusal()).toBe('forbidden: grant the verbs list and watch on widgets.x.dev in namespace ns')
    await until(() => asked().length === 2, 100)
    await until(() => informer.refusal() === undefined, 100)
    await until(() => informer.hasSynced(), 100)
    expect(informer.refusal()).toBeUndefined()
    expect(errors).toEqual(['Listing and watching is forbidden', 'Listing and watching is forbidden'])
  })

  test.each([
    { name: 'a 500', answer: refuse(500, 'InternalError') },
    { name: 'a 429', answer: refuse(429, 'TooManyRequests') },
    { name: 'a broken connection', answer: ((_q, r) => void r.destroy()) satisfies Script[number] },
  ])('that fails with $name keeps its position and waits', async ({ answer }) => {
    const { asked, clock, informer, until } = await watchScript([stream(['BOOKMARK', end('5')]), answer, answer])
    await until(() => informer.hasSynced())
    await until(() => asked().length >= 4, 1000)
    expect(new Set(asked().slice(1))).toEqual(new Set(['watch from 5']))
    expect(clock.monotonic()).toBeGreaterThanOrEqual(150_800)
  })

  test('that brings something before it breaks is resumed after the shortest delay, however often it breaks', async () => {
    const breaking = (version: number): Script[number] => {
      const event = JSON.stringify({ type: 'ADDED', object: widget(`w${version}`, String(version)) })
      return (_request, response) => void response.write(`${event}\n`, () => setTimeout(() => response.destroy(), 20))
    }
    const { changes, asked, clock, informer, until } = await watchScript([
      streamAndEnd(['BOOKMARK', end('5')]),
      ...Array.from({ length: 8 }, (_, index) => breaking(6 + index)),
    ])
    await until(() => informer.hasSynced())
    await until(() => changes.length === 8, 100)
    await until(() => asked().length === 10, 100)
    expect(asked()).toEqual(['watchlist', ...Array.from({ length: 9 }, (_, index) => `watch from ${5 + index}`)])
    // Doubling delays would come to 102 s.
    expect(clock.monotonic()).toBeGreaterThanOrEqual(8 * 800)
    expect(clock.monotonic()).toBeLessThan(20_000)
  })

  test('that expires whenever a list was there leads to lists with growing delays: no storm', async () => {
    const listed = streamAndEnd(['ADDED', widget('a', '1')], ['BOOKMARK', end('5')])
    const expired = refuse(410, 'Expired')
    const { asked, clock, until } = await watchScript([listed, expired, listed, expired, listed, expired, listed])
    await until(() => asked().filter((request) => request === 'watchlist').length === 4, 100)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(800 + 1600 + 3200)
  })

  test('that is refused with a wish for time is left alone that long, up to five minutes', async () => {
    const wishing =
      (seconds: string): Script[number] =>
      (_request, response) =>
        answerJson(response, status(429, 'TooManyRequests', 'later'), 429, { 'retry-after': seconds })
    const { asked, clock, informer, until } = await watchScript([
      streamAndEnd(['BOOKMARK', end('5')]),
      wishing('120'),
      wishing('7200'),
    ])
    await until(() => informer.hasSynced())
    await until(() => asked().length === 3, 1000)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(120_000)
    await until(() => asked().length === 4, 1000)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(120_000 + 300_000)
    expect(clock.monotonic()).toBeLessThan(120_000 + 310_000)
  })

  test('that opens and breaks with nothing, time and again, does not keep the cache fresh', async () => {
    const breaking: Script[number] = (_request, response) => {
      response.flushHeaders()
      setTimeout(() => response.destroy(), 5)
    }
    const { clock, informer, requests, until } = await watchScript([
      streamAndEnd(['BOOKMARK', end('5')]),
      ...Array.from({ length: 40 }, () => breaking),
    ])
    await until(() => informer.hasSynced())
    expect(informer.isFresh()).toBe(true)
    await until(() => clock.monotonic() > 200_000, 1000)
    await until(() => !informer.isFresh())
    expect(requests().length).toBeGreaterThan(5)
  })

  test('that ends at once with nothing is a failure: no storm', async () => {
    const { asked, clock, informer, until } = await watchScript([
      streamAndEnd(['BOOKMARK', end('5')]),
      ...Array.from({ length: 4 }, () => streamAndEnd()),
    ])
    await until(() => informer.hasSynced())
    await until(() => asked().length >= 6, 100)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(800 + 1600 + 3200 + 6400)
  })

  test('that ends at once with nothing, time and again, does not keep the cache fresh', async () => {
    const { clock, informer, until } = await watchScript([
      streamAndEnd(['BOOKMARK', end('5')]),
      ...Array.from({ length: 40 }, () => streamAndEnd()),
    ])
    await until(() => informer.hasSynced())
    await until(() => clock.monotonic() > 200_000, 1000)
    await until(() => !informer.isFresh())
  })

  test('that only repeats its position and ends at once is a failure: no storm', async () => {
    const { asked, clock, informer, until } = await watchScript([
      streamAndEnd(['BOOKMARK', end('5')]),
      ...Array.from({ length: 4 }, () => streamAndEnd(['BOOKMARK', { metadata: { resourceVersion: '5' } }])),
    ])
    await until(() => informer.hasSynced())
    await until(() => asked().length >= 6, 100)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(4 * 800)
  })

  test('tells the same state of an object once', async () => {
    const { changes, until } = await watchScript([
      streamAndEnd(['ADDED', widget('a', '1')], ['BOOKMARK', end('5')]),
      stream(['ADDED', widget('a', '1')], ['MODIFIED', widget('a', '1')], ['ADDED', widget('b', '6')]),
    ])
    await until(() => changes.length >= 2)
    expect(changes).toEqual(['Added a@1*', 'Added b@6'])
  })
})
