import { afterAll, beforeAll, expect, test } from 'vitest'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import { eventually } from '../../support/eventually.ts'
import { connect, crdConditionsOf, type ApiServer } from './api-server.ts'

const names = ['s3auditwebhooks.s3audit.dev', 's3clusters.s3audit.dev']
const stack = new AsyncDisposableStack()
let server: ApiServer

beforeAll(async () => {
  server = stack.use(connect(await sharedControlPlane()))
  // Published a moment after the resources are served.
  await eventually('the schemas', () => Promise.all(names.map((name) => server.kubectl('explain', name))))
})

afterAll(() => stack.disposeAsync())

test('the API server serves both definitions and finds nothing against them', async () => {
  for (const name of names) {
    // A schema that is not structural would add NonStructuralSchema=True.
    expect([...(await crdConditionsOf(server, name))].sort()).toEqual(['Established=True', 'NamesAccepted=True'])
  }
})

test('applying the shipped files again changes nothing', async () => {
  await server.kubectl('apply', '--server-side', '--force-conflicts', '--field-manager=test', '-f', 'crds')
  const before = await resourceVersions()
  await server.kubectl('apply', '--server-side', '--force-conflicts', '--field-manager=test', '-f', 'crds')
  expect(await resourceVersions()).toBe(before)
})

test.each([
  { field: 's3auditwebhooks.spec.managementPolicy', words: 'ENUM: Manage Observe DESCRIPTION: Manage: the operator' },
  { field: 's3auditwebhooks.spec', words: 'endpoint <string> -required- URL that the S3 cluster posts' },
  { field: 's3clusters.spec.type', words: 'ENUM: WEKA MinIO DESCRIPTION: What kind of S3 cluster' },
])('kubectl explain $field says what it takes', async ({ field, words }) => {
  const text = await server.kubectl('explain', field)
  expect(text.replaceAll(/\s+/gu, ' ')).toContain(words)
})

test.each([
  {
    name: 's3auditwebhooks.spec',
    fields: [
      'authScheme string',
      'authTokenSecretRef Object',
      'authTokenSecretRef.key string',
      'authTokenSecretRef.name string',
      'buffer Object',
      'buffer.atRiskSeconds integer',
      'buffer.capacityEvents integer',
      'buffer.eventsPerMinute integer',
      'changePolicy string',
      'clusterRef Object',
      'clusterRef.name string',
      'deletionPolicy string',
      'enabled boolean',
      'endpoint string',
      'foreignWebhookPolicy string',
      'managementPolicy string',
      'minio Object',
      'minio.batchSize integer',
      'minio.maxRetries integer',
      'minio.queueDir string',
      'minio.queueSize integer',
      'minio.requestTimeoutSeconds integer',
      'minio.retryIntervalSeconds integer',
      'probe Object',
      'probe.failureThreshold integer',
      'probe.healthPath string',
      'probe.mode string',
      'probe.periodSeconds integer',
      'probe.successThreshold integer',
      'probe.testEventPeriodSeconds integer',
      'probe.timeoutSeconds integer',
      'suspend boolean',
      'targetType string',
      'tls Object',
      'tls.caCertificateRef Object',
      'tls.caCertificateRef.key string',
      'tls.caCertificateRef.kind string',
      'tls.caCertificateRef.name string',
      'tls.serverName string',
      'tls.verification string',
    ],
  },
  {
    name: 's3clusters.spec',
    fields: [
      'credentialsSecretRef Object',
      'credentialsSecretRef.name string',
      'driftCheckSeconds integer',
      'endpoints []string',
      'requestTimeoutSeconds integer',
      'tls Object',
      'tls.caCertificateRef Object',
      'tls.caCertificateRef.key string',
      'tls.caCertificateRef.kind string',
      'tls.caCertificateRef.name string',
      'tls.serverName string',
      'tls.verification string',
      'type string',
    ],
  },
])('kubectl explain lists every field of $name with its type', async ({ name, fields }) => {
  expect(explained(await server.kubectl('explain', name, '--recursive'))).toEqual(fields)
})

/** The lines `  name <type>` of `kubectl explain --recursive`, nested by their indentation, as `path type`. */
function explained(text: string): readonly string[] {
  const found: string[] = []
  const path: string[] = []
  for (const [, indent = '', name = '', type = ''] of text.matchAll(/^( +)(\w+)\t<([^>]+)>/gmu)) {
    path.splice(indent.length / 2 - 1)
    path.push(name)
    found.push(`${path.join('.')} ${type}`)
  }
  return found
}

async function resourceVersions(): Promise<string> {
  return server.kubectl('get', 'crd', ...names, '-o', 'jsonpath={.items[*].metadata.resourceVersion}')
}
