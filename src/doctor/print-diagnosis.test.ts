import { expect, test } from 'vitest'

import type { Facts } from './facts.ts'
import { printDiagnosis } from './print-diagnosis.ts'

const facts: Facts = {
  now: 0,
  missingKinds: [],
  missing: undefined,
  unseen: [],
  leases: [],
  clusters: [],
  webhooks: [
    {
      metadata: { namespace: 'ns', name: 'audit' },
      spec: { problem: '' },
      status: undefined,
      cluster: 'Found',
      token: undefined,
      trust: undefined,
      verdicts: undefined,
    },
  ],
}

test('tells findings with what to do, then what was looked at, then how many', () => {
  const text = printDiagnosis(facts, [
    {
      severity: 'Error',
      subject: 'S3AuditWebhook ns/audit',
      reason: 'NotSeen',
      message: 'Nobody looked.',
      remedy: 'Look.',
    },
    { severity: 'Notice', subject: 'S3AuditWebhook ns/audit', reason: 'Disabled', message: 'It is off.' },
  ])
  expect(text).toBe(
    [
      'ERROR  S3AuditWebhook ns/audit: NotSeen',
      '    Nobody looked.',
      '    To do: Look.',
      '',
      'NOTICE  S3AuditWebhook ns/audit: Disabled',
      '    It is off.',
      '',
      'S3AuditWebhook ns/audit: not judged yet',
      'Found: 1 error, 1 notice.',
      '',
    ].join('\n'),
  )
})

test('says when nothing is wrong', () => {
  expect(printDiagnosis({ ...facts, webhooks: [] }, [])).toBe('Nothing is wrong.\n')
})

test('a text of somebody else cannot break its line or steer a terminal', () => {
  const message = 'a\nERROR  b\u001b[2Jc'
  expect(printDiagnosis(facts, [{ severity: 'Error', subject: 's', reason: 'r', message }])).toContain(
    '    a ERROR  b [2Jc\n',
  )
})
