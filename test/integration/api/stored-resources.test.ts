import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import type { Condition } from '../../../src/api/conditions.ts'
import type { S3AuditWebhookStatus } from '../../../src/api/s3-audit-webhook-status.ts'
import { parseS3AuditWebhookSpec } from '../../../src/api/s3-audit-webhook.ts'
import { parseS3ClusterSpec } from '../../../src/api/s3-cluster.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { connect, createNamespace, type Answer, type ApiServer } from './api-server.ts'
import { minimalClusterSpec, minimalWebhookSpec } from './spec-examples.ts'

const applyPatch = { contentType: 'application/apply-patch+yaml' }
const mergePatch = { contentType: 'application/merge-patch+json' }
const time = '2026-03-01T12:00:00Z'

let server: ApiServer
let namespace: string
let created = 0

beforeAll(async () => {
  server = connect(await sharedControlPlane())
  namespace = await createNamespace(server)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const stored = z.looseObject({
  metadata: z.looseObject({ name: z.string(), generation: z.number(), resourceVersion: z.string() }),
  spec: z.record(z.string(), z.unknown()),
  status: z.record(z.string(), z.unknown()),
})
type Stored = z.output<typeof stored>

const kinds = [
  {
    kind: 'S3Cluster',
    plural: 's3clusters',
    minimal: minimalClusterSpec,
    parse: parseS3ClusterSpec,
    otherSpec: { requestTimeoutSeconds: 61 },
  },
  {
    kind: 'S3AuditWebhook',
    plural: 's3auditwebhooks',
    minimal: minimalWebhookSpec,
    parse: parseS3AuditWebhookSpec,
    otherSpec: { enabled: false },
  },
]

describe.each(kinds)('a stored $kind', ({ kind, plural, minimal, parse, otherSpec }) => {
  test('has the defaults that the operator reads', async () => {
    const object = await create(kind, plural, minimal)
    expect(parse(minimal)).toEqual({ spec: object.spec })
    expect(parse(object.spec)).toEqual({ spec: object.spec })
  })

  test('says observedGeneration -1 before the operator saw it', async () => {
    const object = await create(kind, plural, minimal)
    expect(object.status).toEqual({ observedGeneration: -1 })
  })

  test('takes no status from its author', async () => {
    const object = await create(kind, plural, minimal, { observedGeneration: 7 })
    expect(object.status).toEqual({ observedGeneration: -1 })
    await server.send('PATCH', pathOf(plural, object), { status: { observedGeneration: 7 } }, mergePatch)
    expect((await read(plural, object)).status).toEqual({ observedGeneration: -1 })
  })

  test('takes a status by its subresource, which leaves the spec alone', async () => {
    const object = await create(kind, plural, minimal)
    const change = { spec: otherSpec, status: { observedGeneration: 1 } }
    await server.send('PATCH', `${pathOf(plural, object)}/status`, change, mergePatch)
    const after = await read(plural, object)
    expect(after.status).toEqual({ observedGeneration: 1 })
    expect(after.spec).toEqual(object.spec)
    expect(after.metadata.generation).toBe(1)
  })

  test('gets a new generation with a new spec only', async () => {
    const object = await create(kind, plural, minimal)
    await server.send('PATCH', pathOf(plural, object), { metadata: { annotations: { a: 'b' } } }, mergePatch)
    expect((await read(plural, object)).metadata.generation).toBe(1)
    await server.send('PATCH', pathOf(plural, object), { spec: otherSpec }, mergePatch)
    expect((await read(plural, object)).metadata.generation).toBe(2)
  })

  test('keeps conditions as a map by type: an applier owns its entries and loses those it leaves out', async () => {
    const object = await create(kind, plural, minimal)
    await applyStatus(kind, plural, object, [condition('Ready'), condition('Reconciling')])
    await applyStatus(kind, plural, object, [{ ...condition('Ready'), status: 'False' }])
    expect((await read(plural, object)).status).toEqual({
      observedGeneration: 1,
      conditions: [{ ...condition('Ready'), status: 'False' }],
    })
  })

  test('applying the same status twice writes nothing', async () => {
    const object = await create(kind, plural, minimal)
    await applyStatus(kind, plural, object, [condition('Ready')])
    const first = await read(plural, object)
    await applyStatus(kind, plural, object, [condition('Ready')])
    expect((await read(plural, object)).metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  })

  test.each([
    { name: 'twice the same type', conditions: [condition('Ready'), condition('Ready')], because: 'Duplicate value' },
    {
      name: 'no reason',
      conditions: [{ ...condition('Ready'), reason: undefined }],
      because: 'reason: Required value',
    },
    { name: 'an empty reason', conditions: [{ ...condition('Ready'), reason: '' }], because: 'at least 1 chars long' },
    {
      name: 'a reason of two words',
      conditions: [{ ...condition('Ready'), reason: 'Not ready' }],
      because: 'should match',
    },
    {
      name: 'another status',
      conditions: [{ ...condition('Ready'), status: 'Maybe' }],
      because: '"True", "False", "Unknown"',
    },
    {
      name: 'no RFC 3339 time',
      conditions: [{ ...condition('Ready'), lastTransitionTime: 'noon' }],
      because: 'date-time',
    },
    {
      name: 'a message too long',
      conditions: [{ ...condition('Ready'), message: 'a'.repeat(32_769) }],
      because: '32768',
    },
    {
      name: 'too many',
      conditions: Array.from({ length: 17 }, (_, index) => condition(`Type${index}`)),
      because: 'must have at most 16 items',
    },
  ])('refuses conditions with $name', async ({ conditions, because }) => {
    const object = await create(kind, plural, minimal)
    const change = { status: { observedGeneration: 1, conditions } }
    const answer = await server.send('PATCH', `${pathOf(plural, object)}/status`, change, mergePatch)
    expect(messageOf(answer)).toContain(because)
  })
})

describe('what the author cannot change', () => {
  test.each([
    {
      name: 'the type of a cluster',
      kind: 'S3Cluster',
      plural: 's3clusters',
      minimal: minimalClusterSpec,
      change: { type: 'MinIO', endpoints: ['https://minio:9000'] },
      because: 'spec.type: Forbidden: must not change; delete and recreate the resource',
    },
    {
      name: 'the cluster of a webhook',
      kind: 'S3AuditWebhook',
      plural: 's3auditwebhooks',
      minimal: minimalWebhookSpec,
      change: { clusterRef: { name: 'other' } },
      because: 'spec.clusterRef.name: Forbidden: must not change; delete and recreate the resource',
    },
  ])('is $name', async ({ kind, plural, minimal, change, because }) => {
    const object = await create(kind, plural, minimal)
    const answer = await server.send('PATCH', pathOf(plural, object), { spec: change }, mergePatch)
    expect(messageOf(answer)).toContain(because)
    expect((await read(plural, object)).spec).toEqual(object.spec)
  })
})

test('a nested block that is given in part gets the rest of its defaults', async () => {
  const object = await create('S3AuditWebhook', 's3auditwebhooks', {
    ...minimalWebhookSpec,
    authTokenSecretRef: { name: 'hec' },
    tls: { caCertificateRef: { kind: 'ConfigMap', name: 'ca' } },
    probe: { periodSeconds: 60 },
    buffer: { capacityEvents: 5 },
    minio: { queueSize: 7 },
  })
  expect(object.spec).toMatchObject({
    authTokenSecretRef: { name: 'hec', key: 'token' },
    tls: { caCertificateRef: { kind: 'ConfigMap', name: 'ca', key: 'ca.crt' }, verification: 'Full' },
    probe: { periodSeconds: 60, timeoutSeconds: 5, failureThreshold: 3 },
    buffer: { capacityEvents: 5, atRiskSeconds: 14_400 },
  })
  expect(object.spec['minio']).toEqual({ queueSize: 7 })
})

test('a webhook takes a whole status', async () => {
  const object = await create('S3AuditWebhook', 's3auditwebhooks', minimalWebhookSpec)
  const status = wholeStatus()
  await server.send('PATCH', `${pathOf('s3auditwebhooks', object)}/status`, { status }, mergePatch)
  expect((await read('s3auditwebhooks', object)).status).toEqual(status)
})

function wholeStatus(): S3AuditWebhookStatus {
  return {
    observedGeneration: 1,
    conditions: [condition('Ready')],
    applied: {
      clusterId: 'f0d1',
      targetName: 's3audit-1',
      endpoint: 'https://splunk.example.com:8088/services/collector/raw',
      enabled: true,
      tokenSecret: { name: 'hec', uid: 'a', resourceVersion: '1' },
      time,
    },
    target: {
      state: 'Reachable',
      reason: 'Accepted',
      lastTransitionTime: time,
      lastSuccessTime: time,
      certificateNotAfter: time,
    },
    buffer: {
      state: 'Filling',
      basis: 'Measured',
      summary: '10%',
      percentFull: 10,
      percentLower: 5,
      percentUpper: 25,
      capacityEvents: 100_000,
      capacityBasis: 'Reported',
      eventsPerMinute: 600,
      // More than int32 holds.
      holdSeconds: 10_000_000_000,
      fullTime: time,
      outageStartTime: time,
      backlog: { time, lowerEvents: 0, expectedEvents: 1, upperEvents: 10_000_000_000 },
      eventsLost: 0,
    },
    lastTest: { time, id: 'abc', level: 3, outcome: 'ok', reason: 'Accepted' },
    lastHandledTestRequest: '1',
    lastHandledReconcileRequest: '2',
  }
}

function condition(type: string): Condition {
  return {
    type,
    status: 'True',
    reason: 'Tested',
    message: 'For a test.',
    lastTransitionTime: time,
    observedGeneration: 1,
  }
}

async function create(kind: string, plural: string, spec: unknown, status?: unknown): Promise<Stored> {
  created += 1
  const answer = await server.send('POST', collection(plural), {
    apiVersion: 's3audit.dev/v1alpha1',
    kind,
    metadata: { name: `example-${created}` },
    spec,
    status,
  })
  expect(answer).toMatchObject({ status: 201 })
  return stored.parse(answer.body)
}

async function read(plural: string, object: Stored): Promise<Stored> {
  return stored.parse((await server.send('GET', pathOf(plural, object))).body)
}

async function applyStatus(
  kind: string,
  plural: string,
  object: Stored,
  conditions: readonly Condition[],
): Promise<void> {
  const answer = await server.send(
    'PATCH',
    `${pathOf(plural, object)}/status?fieldManager=test&force=true`,
    { apiVersion: 's3audit.dev/v1alpha1', kind, status: { observedGeneration: 1, conditions } },
    applyPatch,
  )
  expect(answer).toMatchObject({ status: 200 })
}

function collection(plural: string): string {
  return `/apis/s3audit.dev/v1alpha1/namespaces/${namespace}/${plural}`
}

function pathOf(plural: string, object: Stored): string {
  return `${collection(plural)}/${object.metadata.name}`
}

function messageOf(answer: Answer): string {
  expect(answer).toMatchObject({ status: 422 })
  return z.object({ message: z.string() }).parse(answer.body).message
}
