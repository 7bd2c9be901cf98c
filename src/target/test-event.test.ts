import { expect, it } from 'vitest'

import { testEvent } from './test-event.ts'

it('is one line of a bare audit entry, marked so that it can be filtered', () => {
  const body = testEvent({ resource: 'logs/siem', id: 'id-1', now: Date.UTC(2026, 10, 20), version: '0.1.0' })
  expect(body).not.toContain('\n')
  expect(JSON.parse(body)).toEqual({
    version: '1',
    time: '2026-11-20T00:00:00.000Z',
    event: '',
    trigger: 'probe',
    api: { name: 'S3AuditProbe', status: 'OK', statusCode: 200, rx: 0, tx: 0 },
    requestID: 'id-1',
    userAgent: 's3-audit-operator/0.1.0',
    tags: { 's3audit.probe': 'logs/siem', 's3audit.probeId': 'id-1' },
  })
})
