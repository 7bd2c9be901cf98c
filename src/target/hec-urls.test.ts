import { expect, it } from 'vitest'

import { hecUrls } from './hec-urls.ts'

const health = '/services/collector/health'

it.each([
  { path: '/services/collector', kind: 'event', want: health },
  { path: '/services/collector/', kind: 'event', want: health },
  { path: '/services/collector/event', kind: 'event', want: health },
  { path: '/services/collector/event/1.0', kind: 'event', want: health },
  { path: '/services/collector/raw', kind: 'raw', want: health },
  { path: '/services/collector/raw/', kind: 'raw', want: health },
  { path: '/services/collector/raw/1.0?index=a&sourcetype=b', kind: 'raw', want: health },
  { path: '/a/b/services/collector/raw', kind: 'raw', want: `/a/b${health}` },
  { path: '/services/collector/services/collector/raw', kind: 'raw', want: `/services/collector${health}` },
  { path: '/services/collector/s2s', kind: 'other', want: health },
  { path: '/services/collectors', kind: 'other', want: health },
  { path: '/ingest', kind: 'other', want: health },
  { path: '/', kind: 'other', want: health },
])('the endpoint $path is of kind $kind and has its health at $want', ({ path, kind, want }) => {
  const urls = hecUrls(new URL(path, 'https://h.example:8088'))
  expect(urls.kind).toBe(kind)
  expect(urls.health.map(String)).toEqual([`https://h.example:8088${want}/1.0`, `https://h.example:8088${want}`])
})
