import { z } from 'zod'

import type { KubernetesObject, ResourceType } from '../kube/resource.ts'
import { group, version } from './group.ts'
import { minioBlock, type MinioOptions } from './minio-options.ts'
import { parseSpec, type ParsedSpec } from './parse-spec.ts'
import { probeBlock, type ProbeOptions } from './probe.ts'
import type { S3AuditWebhookStatus } from './s3-audit-webhook-status.ts'
import { dataKey, int32, objectName } from './scalars.ts'
import type { ShapeOf } from './schema-of.ts'
import { tlsBlock, type TlsOptions } from './tls.ts'
import { maximumUrlLength, noTokenInQuery, urlRules } from './url-rules.ts'
import { withRules } from './validation-rule.ts'

/** An S3Cluster of the same namespace. */
export interface ClusterRef {
  readonly name: string
}

export interface AuthTokenSecretRef {
  readonly name: string
  readonly key: string
}

export interface BufferOptions {
  readonly capacityEvents?: number
  readonly eventsPerMinute?: number
  readonly atRiskSeconds: number
}

export type AuthScheme = 'Splunk' | 'Bearer' | 'Verbatim'
export type TargetType = 'SplunkHEC' | 'HTTP'
export type ManagementPolicy = 'Manage' | 'Observe'
export type ForeignWebhookPolicy = 'Refuse' | 'Overwrite'
export type DeletionPolicy = 'Delete' | 'Retain'
export type ChangePolicy = 'WhenAccepted' | 'Always'

/** The audit webhook of one S3 cluster and how it is tested, defaults applied. */
export interface S3AuditWebhookSpec {
  readonly clusterRef: ClusterRef
  readonly enabled: boolean
  readonly endpoint: string
  readonly authTokenSecretRef?: AuthTokenSecretRef
  /** Absent: Splunk for SplunkHEC, Bearer for HTTP. */
  readonly authScheme?: AuthScheme
  readonly targetType: TargetType
  readonly tls: TlsOptions
  readonly probe: ProbeOptions
  readonly buffer: BufferOptions
  readonly minio?: MinioOptions
  readonly managementPolicy: ManagementPolicy
  readonly foreignWebhookPolicy: ForeignWebhookPolicy
  readonly deletionPolicy: DeletionPolicy
  readonly changePolicy: ChangePolicy
  readonly suspend: boolean
}

/** The resource as stored. `spec` is for `parseS3AuditWebhookSpec`; `status` is written by the operator alone. */
export interface S3AuditWebhook extends KubernetesObject {
  readonly spec: unknown
  readonly status?: S3AuditWebhookStatus
}

export const s3AuditWebhookType: ResourceType = {
  group,
  version,
  plural: 's3auditwebhooks',
  kind: 'S3AuditWebhook',
  namespaced: true,
}

const clusterRef = withRules(
  z.object({
    name: objectName().describe('Name of the S3Cluster, in the namespace of this resource.'),
  } satisfies ShapeOf<ClusterRef>),
  [
    {
      cel: 'self.name == oldSelf.name',
      message: 'must not change; delete and recreate the resource to move it to another S3 cluster',
      reason: 'FieldValueForbidden',
      fieldPath: '.name',
    },
  ],
)

const endpoint = withRules(z.string().min(1).max(maximumUrlLength), [...urlRules, noTokenInQuery])

const authTokenSecretRef = z.object({
  name: objectName().describe('Name of the Secret, in the namespace of this resource.'),
  key: dataKey().default('token').describe('Key of the token in it. Default: token.'),
} satisfies ShapeOf<AuthTokenSecretRef>)

const buffer = z.object({
  capacityEvents: int32(1, 2_147_483_647)
    .describe(
      'How many events the buffer of one cluster node holds. Only where the S3 cluster does not report it; where the rate is known too, the buffer is then estimated. Default: as reported, else unknown.',
    )
    .exactOptional(),
  eventsPerMinute: int32(1, 2_147_483_647)
    .describe(
      'The usual rate of events at the busiest cluster node, where it is not measured; wins over the statistics of the S3 cluster. Default: as measured or by these statistics, else unknown.',
    )
    .exactOptional(),
  atRiskSeconds: int32(60, 604_800)
    .default(14_400)
    .describe(
      'How long a human needs to act, in seconds: with less time left until the buffer is full, it is AtRisk. Default: 14400 (4 hours).',
    ),
} satisfies ShapeOf<BufferOptions>)

/** Schema of `.spec`. */
export const s3AuditWebhookSpec: z.ZodType<S3AuditWebhookSpec> = withRules(
  z.object({
    clusterRef: clusterRef.describe('The S3 cluster whose audit webhook this is. It cannot be changed later.'),
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Whether the S3 cluster sends audit events. false switches its webhook off and keeps the resource. Default: true.',
      ),
    endpoint: endpoint.describe(
      'URL that the S3 cluster posts every audit event to, for example https://splunk.example.com:8088/services/collector/raw. It may not carry credentials.',
    ),
    authTokenSecretRef: authTokenSecretRef
      .describe(
        'Secret with the token that the target wants. A change is applied and tested at once. Default: none, no token is sent.',
      )
      .exactOptional(),
    authScheme: z
      .enum(['Splunk', 'Bearer', 'Verbatim'])
      .describe(
        "How the token becomes the Authorization header: 'Splunk <token>', 'Bearer <token>', or Verbatim, the token as it is. A token that begins with the word already does not get it twice. Default: Splunk for target type SplunkHEC, Bearer for HTTP.",
      )
      .exactOptional(),
    targetType: z
      .enum(['SplunkHEC', 'HTTP'])
      .default('SplunkHEC')
      .describe(
        'What the endpoint leads to, which decides how it is tested: SplunkHEC, a Splunk HTTP Event Collector or a look-alike, or HTTP, anything that takes a POST. Default: SplunkHEC.',
      ),
    tls: tlsBlock(
      "How the target proves who it is to the operator's tests. It should be what the S3 cluster trusts, which this does not change.",
    ),
    probe: probeBlock,
    buffer: buffer
      .prefault({})
      .describe('What is known of the buffer in the S3 cluster, and when to warn that it fills.'),
    minio: minioBlock.exactOptional(),
    managementPolicy: z
      .enum(['Manage', 'Observe'])
      .default('Manage')
      .describe(
        'Manage: the operator configures the S3 cluster. Observe: it never writes to it and only reports tests, buffer and differences. Default: Manage.',
      ),
    foreignWebhookPolicy: z
      .enum(['Refuse', 'Overwrite'])
      .default('Refuse')
      .describe(
        'What to do when the S3 cluster has an enabled webhook that leads elsewhere and was not set by the operator. Refuse: leave it and say so. Overwrite: replace it. Default: Refuse.',
      ),
    deletionPolicy: z
      .enum(['Delete', 'Retain'])
      .default('Delete')
      .describe(
        'What happens on the S3 cluster when the resource is deleted. Delete: the webhook is removed, on WEKA disabled. Retain: it stays as it is. Default: Delete.',
      ),
    changePolicy: z
      .enum(['WhenAccepted', 'Always'])
      .default('WhenAccepted')
      .describe(
        'When a new endpoint or token replaces a working one. WhenAccepted: not while the target refuses it. Always: at once. Default: WhenAccepted.',
      ),
    suspend: z
      .boolean()
      .default(false)
      .describe(
        'true stops all writes to the S3 cluster and all tests; the webhook stays as it is and stays ours. Deleted meanwhile, nothing is cleaned up. Default: false.',
      ),
  } satisfies ShapeOf<S3AuditWebhookSpec>),
  [
    {
      cel: '!has(self.authScheme) || has(self.authTokenSecretRef)',
      message: 'must not be set without `authTokenSecretRef`: there is no token to send',
      holds: (spec) => spec.authScheme === undefined || spec.authTokenSecretRef !== undefined,
      reason: 'FieldValueForbidden',
      fieldPath: '.authScheme',
    },
    {
      cel: "!has(self.probe.healthPath) || self.targetType == 'HTTP'",
      message: "must not be set unless `targetType` is 'HTTP': a Splunk HEC has its own health path",
      holds: (spec) => spec.probe.healthPath === undefined || spec.targetType === 'HTTP',
      reason: 'FieldValueForbidden',
      fieldPath: '.probe.healthPath',
    },
  ],
).describe('The audit webhook of the S3 cluster and how it is tested.')

/** The spec of a stored S3AuditWebhook with defaults, or why it cannot be used (reason InvalidSpec). Once per pass. */
export function parseS3AuditWebhookSpec(value: unknown): ParsedSpec<S3AuditWebhookSpec> {
  return parseSpec(s3AuditWebhookSpec, value)
}
