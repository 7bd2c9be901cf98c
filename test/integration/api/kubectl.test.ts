import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import { connect, createNamespace, type ApiServer } from './api-server.ts'
import { minimalClusterSpec, minimalWebhookSpec } from './spec-examples.ts'

const apiVersion = 's3audit.dev/v1alpha1'
const time = '2026-03-01T12:00:00Z'

const cluster = { apiVersion, kind: 'S3Cluster', metadata: { name: 'store' }, spec: minimalClusterSpec }
const webhook = { apiVersion, kind: 'S3AuditWebhook', metadata: { name: 'audit' }, spec: minimalWebhookSpec }
const disabled = {
  ...webhook,
  metadata: { name: 'disabled' },
  spec: { ...minimalWebhookSpec, clusterRef: { name: 'other' }, enabled: false },
}

let server: ApiServer
let namespace: string

beforeAll(async () => {
  server = connect(await sharedControlPlane())
  namespace = await createNamespace(server)
  await apply([cluster, webhook, disabled])
  await setStatus('s3clusters', 'store', {
    observedGeneration: 1,
    conditions: [ready('True', 'Connected', 'The cluster answers.')],
    identity: { id: 'guid-1', name: 'Store', version: '4.4.6' },
  })
  await setStatus('s3auditwebhooks', 'audit', {
    observedGeneration: 1,
    conditions: [ready('False', 'TokenDisabled', 'The token is disabled.')],
    target: { state: 'Rejecting', reason: 'TokenDisabled', lastTransitionTime: time },
    buffer: { state: 'Filling', summary: '~40%', fullTime: '2126-03-01T14:05:00Z' },
    lastTest: {
      time: new Date(Date.now() - 3_600_000 * 5).toISOString(),
      id: 'a',
      level: 3,
      outcome: 'ok',
      reason: 'Accepted',
    },
  })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

test('kubectl get s3auditwebhooks tells what matters', async () => {
  const table = await get('s3auditwebhooks', 'audit')
  expect(table.columns).toEqual([
    'NAME',
    'CLUSTER',
    'ENABLED',
    'READY',
    'TARGET',
    'BUFFER',
    'FULL-AT',
    'TEST-EVENT',
    'AGE',
  ])
  expect(table.rows).toEqual([
    [
      'audit',
      'store',
      'true',
      'False',
      'Rejecting',
      '~40%',
      '2126-03-01T14:05:00Z',
      '5h',
      expect.stringMatching(/^\d+[sm]/u),
    ],
  ])
})

test('kubectl get -o wide adds endpoint, reason and message', async () => {
  const table = await get('s3auditwebhooks', 'audit', '-o', 'wide')
  expect(table.columns.slice(-3)).toEqual(['ENDPOINT', 'REASON', 'MESSAGE'])
  expect(table.rows[0]?.slice(-3)).toEqual([minimalWebhookSpec['endpoint'], 'TokenDisabled', 'The token is disabled.'])
})

test('a webhook that nobody looked at yet shows empty cells', async () => {
  const table = await get('s3auditwebhooks', 'disabled')
  expect(table.rows[0]?.slice(0, 3)).toEqual(['disabled', 'other', 'false'])
  expect(table.rows[0]).toHaveLength(4)
})

test('kubectl get s3clusters tells what matters', async () => {
  const table = await get('s3clusters', 'store', '-o', 'wide')
  expect(table.columns).toEqual(['NAME', 'TYPE', 'READY', 'VERSION', 'AGE', 'ID', 'REASON'])
  expect(table.rows).toEqual([
    ['store', 'WEKA', 'True', '4.4.6', expect.stringMatching(/^\d+[sm]/u), 'guid-1', 'Connected'],
  ])
})

test.each([
  { name: 's3c', want: ['s3cluster.s3audit.dev/store'] },
  { name: 's3aw', want: ['s3auditwebhook.s3audit.dev/audit', 's3auditwebhook.s3audit.dev/disabled'] },
  {
    name: 's3audit',
    want: ['s3auditwebhook.s3audit.dev/audit', 's3auditwebhook.s3audit.dev/disabled', 's3cluster.s3audit.dev/store'],
  },
])('kubectl get $name finds the resources', async ({ name, want }) => {
  expect(await namesOf(name)).toEqual(want)
})

test.each([
  { selector: 'spec.clusterRef.name=store', want: ['s3auditwebhook.s3audit.dev/audit'] },
  { selector: 'spec.clusterRef.name=other', want: ['s3auditwebhook.s3audit.dev/disabled'] },
  { selector: 'spec.enabled=true', want: ['s3auditwebhook.s3audit.dev/audit'] },
  { selector: 'spec.enabled=false,spec.clusterRef.name=store', want: [] },
])('--field-selector $selector selects', async ({ selector, want }) => {
  expect(await namesOf('s3auditwebhooks', '--field-selector', selector)).toEqual(want)
})

test('an unknown field selector is refused', async () => {
  await expect(namesOf('s3auditwebhooks', '--field-selector', 'spec.endpoint=x')).rejects.toThrow(
    'field label not supported',
  )
})

test.each([
  { name: 'kubectl apply', how: [] },
  { name: 'kubectl apply --server-side', how: ['--server-side', '--force-conflicts'] },
])('$name of the same manifests twice changes nothing', async ({ how }) => {
  await apply([cluster, webhook, disabled], ...how)
  const before = await versions()
  const text = await apply([cluster, webhook, disabled], ...how)
  expect(await versions()).toBe(before)
  if (how.length === 0) expect(text.match(/unchanged/gu)).toHaveLength(3)
})

interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

async function get(...args: readonly string[]): Promise<Table> {
  const text = await server.kubectl('get', '-n', namespace, ...args)
  const [head = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/u))
  return { columns: head, rows }
}

async function namesOf(...args: readonly string[]): Promise<readonly string[]> {
  const text = await server.kubectl('get', '-n', namespace, '-o', 'name', ...args)
  return text.split('\n').filter((line) => line !== '')
}

async function versions(): Promise<string> {
  return server.kubectl('get', '-n', namespace, 's3audit', '-o', 'jsonpath={.items[*].metadata.resourceVersion}')
}

async function apply(objects: readonly object[], ...args: readonly string[]): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 's3audit-apply-'))
  const file = join(folder.path, 'manifests.yaml')
  await writeFile(file, objects.map((object) => stringify(object)).join('---\n'))
  return await server.kubectl('apply', '-n', namespace, '-f', file, ...args)
}

async function setStatus(plural: string, name: string, status: object): Promise<void> {
  const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}/status`
  const answer = await server.send('PATCH', path, { status }, { contentType: 'application/merge-patch+json' })
  expect(answer).toMatchObject({ status: 200 })
}

function ready(status: string, reason: string, message: string): object {
  return { type: 'Ready', status, reason, message, lastTransitionTime: time }
}
