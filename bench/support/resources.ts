/** Of the operator's API. */
export const apiVersion = 's3audit.dev/v1alpha1'

export const webhooksPath = '/apis/s3audit.dev/v1alpha1/s3auditwebhooks'

/** Resources of one tenant share a namespace, its Secrets and its ConfigMap. */
export const resourcesPerTenant = 100

export interface Reference {
  readonly namespace: string
  readonly name: string
}

/** Where the resources number `index` live; the S3Cluster and the S3AuditWebhook are called the same. */
export function referenceOf(index: number): Reference {
  const tenant = Math.floor(index / resourcesPerTenant)
  return { namespace: `tenant-${String(tenant).padStart(3, '0')}`, name: `weka-${String(index).padStart(5, '0')}` }
}

export function pathOf(plural: 's3clusters' | 's3auditwebhooks', { namespace, name }: Reference): string {
  return `/apis/s3audit.dev/v1alpha1/namespaces/${namespace}/${plural}/${name}`
}

/** As a platform team would write it: an owner, a label to select by, and what differs from the defaults. */
export function webhookResource(index: number, spec: { readonly endpoint: string; readonly probe?: object }): object {
  const reference = referenceOf(index)
  return {
    apiVersion,
    kind: 'S3AuditWebhook',
    metadata: {
      ...reference,
      labels: { 'app.kubernetes.io/part-of': 's3-audit', 'example.com/team': reference.namespace },
      annotations: { 'example.com/contact': 'storage-team@example.com' },
    },
    spec: {
      clusterRef: { name: reference.name },
      authTokenSecretRef: { name: 'splunk-token', key: 'token' },
      tls: { caCertificateRef: { kind: 'ConfigMap', name: 'splunk-ca' } },
      ...spec,
    },
  }
}

export function clusterResource(index: number, spec: { readonly endpoints: readonly string[] }): object {
  return {
    apiVersion,
    kind: 'S3Cluster',
    metadata: referenceOf(index),
    spec: { type: 'WEKA', credentialsSecretRef: { name: 'weka-credentials' }, ...spec },
  }
}

/** A status as the operator leaves it on a webhook in force. */
export function webhookStatus(index: number): object {
  const time = '2026-01-02T03:04:05Z'
  const condition = (type: string, status: string, reason: string, message: string): object => ({
    type,
    status,
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: time,
  })
  const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
  return {
    observedGeneration: 1,
    conditions: [
      condition('Ready', 'True', 'InForce', 'The webhook is in force and its target takes events.'),
      condition('Applied', 'True', 'InForce', `The cluster 'weka-${index}' has the webhook as it was asked for.`),
      condition('TargetReachable', 'True', 'Reachable', 'The target answered the last tests, the token included.'),
      condition('Delivering', 'Unknown', 'NotObservable', 'This type of cluster does not tell whether events arrive.'),
      condition('BufferHealthy', 'True', 'Empty', 'The target takes events, so the buffer should be empty.'),
    ],
    applied: {
      clusterId: id,
      targetName: '',
      endpoint: 'https://splunk.example.com:8088/services/collector/raw',
      enabled: true,
      tokenSecret: { name: 'splunk-token', uid: id, resourceVersion: '123456' },
      time,
    },
    target: {
      state: 'Reachable',
      reason: 'Reachable',
      lastTransitionTime: time,
      certificateNotAfter: '2027-01-02T03:04:05Z',
    },
    buffer: { state: 'Empty', basis: 'Estimated', summary: '~0%', percentFull: 0, capacityEvents: 100_000 },
    lastTest: { time, id: `s3audit-${id}`, level: 3, outcome: 'ok', reason: 'Reachable' },
  }
}
