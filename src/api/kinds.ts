import type { KindDefinition, PrinterColumn } from './custom-resource-definition.ts'
import { s3AuditWebhookStatus } from './s3-audit-webhook-status.ts'
import { s3AuditWebhookSpec, s3AuditWebhookType } from './s3-audit-webhook.ts'
import { s3ClusterSpec, s3ClusterStatus, s3ClusterType } from './s3-cluster.ts'

const s3Cluster: KindDefinition = {
  type: s3ClusterType,
  singular: 's3cluster',
  shortName: 's3c',
  description: 'How to reach an S3 cluster whose audit webhook is managed.',
  spec: s3ClusterSpec,
  status: s3ClusterStatus,
  selectableFields: [],
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'Type of the S3 cluster.' },
    ready('Whether the management API takes our credentials.'),
    { name: 'Version', type: 'string', jsonPath: '.status.identity.version', description: 'Release that it runs.' },
    age(),
    wide('ID', '.status.identity.id', 'Id that the cluster keeps for life.'),
    wide('Reason', readyPath('reason'), 'Why Ready is what it is.'),
  ],
}

const s3AuditWebhook: KindDefinition = {
  type: s3AuditWebhookType,
  singular: 's3auditwebhook',
  shortName: 's3aw',
  description: 'The audit webhook of an S3 cluster: configured, tested, and its buffer watched.',
  spec: s3AuditWebhookSpec,
  status: s3AuditWebhookStatus,
  selectableFields: ['.spec.clusterRef.name', '.spec.enabled'],
  columns: [
    { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterRef.name', description: 'The S3Cluster.' },
    { name: 'Enabled', type: 'boolean', jsonPath: '.spec.enabled', description: 'Whether events are wanted.' },
    ready('Whether the webhook is in force and its target takes events.'),
    { name: 'Target', type: 'string', jsonPath: '.status.target.state', description: 'How the target answers.' },
    { name: 'Buffer', type: 'string', jsonPath: '.status.buffer.summary', description: 'How full the buffer is.' },
    {
      name: 'Full-At',
      // A date column prints ages and cannot say the future.
      type: 'string',
      jsonPath: '.status.buffer.fullTime',
      description: 'When the buffer will be full.',
    },
    { name: 'Test-Event', type: 'date', jsonPath: '.status.lastTest.time', description: 'Age of the last test event.' },
    age(),
    wide('Endpoint', '.spec.endpoint', 'Where the events go.'),
    wide('Reason', readyPath('reason'), 'Why Ready is what it is.'),
    wide('Message', readyPath('message'), 'The same in words.'),
  ],
}

/** Every kind of the API. */
export const kinds: readonly KindDefinition[] = [s3Cluster, s3AuditWebhook]

function readyPath(field: 'status' | 'reason' | 'message'): string {
  return `.status.conditions[?(@.type=="Ready")].${field}`
}

function ready(description: string): PrinterColumn {
  return { name: 'Ready', type: 'string', jsonPath: readyPath('status'), description }
}

function age(): PrinterColumn {
  return {
    name: 'Age',
    type: 'date',
    jsonPath: '.metadata.creationTimestamp',
    description: 'Age of the resource.',
  }
}

function wide(name: string, jsonPath: string, description: string): PrinterColumn {
  return { name, type: 'string', jsonPath, description, priority: 1 }
}
