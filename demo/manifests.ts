import { stringify } from 'yaml'

const apiVersion = 's3audit.dev/v1alpha1'
export const namespace = 'storage'

/** What the WEKA half of the demonstration is about. */
export interface WekaManifests {
  readonly endpoints: readonly string[]
  readonly caPem: string
  readonly username: string
  readonly password: string
  readonly target: string
  readonly targetCaPem: string
  readonly token: string
}

export interface MinioManifests {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly target: string
  readonly targetCaPem: string
  readonly token: string
  readonly queueSize: number
}

/** Probes as fast as the API allows, so that nobody has to wait. */
const probe = { periodSeconds: 10, failureThreshold: 2, successThreshold: 1 }

export function wekaManifests(given: WekaManifests): string {
  return documents([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    secret('weka-credentials', {
      username: given.username,
      password: given.password,
      organization: 'Root',
      endpoints: given.endpoints.map((endpoint) => new URL(endpoint).host).join(','),
      scheme: 'https',
      caCertificate: given.caPem,
    }),
    secret('weka-splunk-token', { token: given.token }),
    configMap('splunk-ca', { 'ca.crt': given.targetCaPem }),
    resource('S3Cluster', 'weka', {
      type: 'WEKA',
      credentialsSecretRef: { name: 'weka-credentials' },
      driftCheckSeconds: 60,
    }),
    resource('S3AuditWebhook', 'weka-audit', {
      clusterRef: { name: 'weka' },
      endpoint: given.target,
      authTokenSecretRef: { name: 'weka-splunk-token' },
      tls: { caCertificateRef: { kind: 'ConfigMap', name: 'splunk-ca' } },
      probe,
    }),
  ])
}

export function minioManifests(given: MinioManifests): string {
  return documents([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    secret('minio-credentials', { accessKey: given.accessKey, secretKey: given.secretKey }),
    secret('minio-splunk-token', { token: given.token }),
    configMap('minio-splunk-ca', { 'ca.crt': given.targetCaPem }),
    resource('S3Cluster', 'minio', {
      type: 'MinIO',
      endpoints: [given.endpoint],
      credentialsSecretRef: { name: 'minio-credentials' },
      driftCheckSeconds: 60,
    }),
    resource('S3AuditWebhook', 'minio-audit', {
      clusterRef: { name: 'minio' },
      endpoint: given.target,
      authTokenSecretRef: { name: 'minio-splunk-token' },
      tls: { caCertificateRef: { kind: 'ConfigMap', name: 'minio-splunk-ca' } },
      probe,
      minio: { queueSize: given.queueSize, retryIntervalSeconds: 1 },
    }),
  ])
}

/** A Secret with a token, as a rotation writes it. */
export function tokenSecret(name: string, token: string): string {
  return documents([secret(name, { token })])
}

function resource(kind: string, name: string, spec: object): object {
  return { apiVersion, kind, metadata: { name, namespace }, spec }
}

function secret(name: string, stringData: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData }
}

function configMap(name: string, data: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
}

function documents(objects: readonly object[]): string {
  return objects.map((object) => stringify(object)).join('---\n')
}
