import { describe, expect, test } from 'vitest'

import {
  clusterExamples,
  minimalClusterSpec,
  minimalWebhookSpec,
  specOf,
  webhookExamples,
} from '../../test/integration/api/spec-examples.ts'
import type { ParsedSpec } from './parse-spec.ts'
import { parseS3AuditWebhookSpec } from './s3-audit-webhook.ts'
import { parseS3ClusterSpec } from './s3-cluster.ts'

// The API server is asked about the same examples in test/integration/api/admission.test.ts: both must judge alike.
const kinds = [
  { kind: 'S3Cluster', minimal: minimalClusterSpec, examples: clusterExamples, parse: parseS3ClusterSpec },
  { kind: 'S3AuditWebhook', minimal: minimalWebhookSpec, examples: webhookExamples, parse: parseS3AuditWebhookSpec },
]

describe.each(kinds)('a stored $kind', ({ minimal, examples, parse }) => {
  test.each(examples)('is read as admission judges it: $name', (example) => {
    const parsed: ParsedSpec<unknown> = parse(specOf(minimal, example))
    if (example.refused === undefined) {
      expect(parsed).toHaveProperty('spec')
      return
    }
    expect(problemOf(parsed)).toContain(`\`spec.${example.refused.at ?? example.field}\``)
    if (example.refused.because.startsWith('must ') && !example.refused.because.startsWith('must be of type')) {
      expect(problemOf(parsed)).toContain(example.refused.because)
    }
  })
})

test('a minimal webhook is read with every default', () => {
  expect(parseS3AuditWebhookSpec(minimalWebhookSpec)).toEqual({
    spec: {
      ...minimalWebhookSpec,
      enabled: true,
      targetType: 'SplunkHEC',
      tls: { verification: 'Full' },
      probe: {
        mode: 'Enabled',
        periodSeconds: 30,
        timeoutSeconds: 5,
        failureThreshold: 3,
        successThreshold: 2,
        testEventPeriodSeconds: 3600,
      },
      buffer: { atRiskSeconds: 14_400 },
      managementPolicy: 'Manage',
      foreignWebhookPolicy: 'Refuse',
      deletionPolicy: 'Delete',
      changePolicy: 'WhenAccepted',
      suspend: false,
    },
  })
})

test('a minimal cluster is read with every default', () => {
  expect(parseS3ClusterSpec(minimalClusterSpec)).toEqual({
    spec: {
      ...minimalClusterSpec,
      endpoints: [],
      tls: { verification: 'Full' },
      requestTimeoutSeconds: 60,
      driftCheckSeconds: 300,
    },
  })
})

test('fields of a newer release are passed over', () => {
  expect(parseS3AuditWebhookSpec({ ...minimalWebhookSpec, fromTheFuture: 1 })).toHaveProperty('spec')
})

test.each([{ given: undefined }, { given: null }, { given: 'text' }, { given: [] }])(
  'a spec that is $given is a problem, not a crash',
  ({ given }) => {
    expect(problemOf(parseS3AuditWebhookSpec(given))).toMatch(/^`spec` must be /)
  },
)

test('a problem names fields and rules, and never a value', () => {
  const problem = problemOf(
    parseS3AuditWebhookSpec({ clusterRef: { name: 'TOP SECRET' }, endpoint: 'https://hunter2@host/?token=hunter3' }),
  )
  expect(problem).toContain('`spec.clusterRef.name` must be a DNS-1123 subdomain')
  expect(problem).toContain('`spec.endpoint` must not carry a user name or password')
  expect(problem).not.toMatch(/hunter|SECRET/)
})

test('a problem stays readable when everything is wrong', () => {
  const problem = problemOf(
    parseS3ClusterSpec({ endpoints: Array.from({ length: 16 }, () => 5), requestTimeoutSeconds: 'x', type: 3 }),
  )
  expect(problem).toContain('and ')
  expect(problem.length).toBeLessThan(800)
})

function problemOf(parsed: ParsedSpec<unknown>): string {
  return 'problem' in parsed ? parsed.problem : expect.fail('the spec was taken')
}
