import { z } from 'zod'

import type { KubernetesObject, ResourceType } from '../kube/resource.ts'
import { conditionList } from './condition-types.ts'
import type { Condition } from './conditions.ts'
import { group, version } from './group.ts'
import { parseSpec, type ParsedSpec } from './parse-spec.ts'
import { int32, int64, objectName } from './scalars.ts'
import type { ShapeOf } from './schema-of.ts'
import { tlsBlock, type TlsOptions } from './tls.ts'
import { maximumUrlLength, noQuery, urlRules } from './url-rules.ts'
import { withRules } from './validation-rule.ts'

export type S3ClusterKind = 'WEKA' | 'MinIO'

/** A Secret of the resource's namespace whose keys the provider knows. */
export interface CredentialsSecretRef {
  readonly name: string
}

/** How to reach one S3 cluster, defaults applied. */
export interface S3ClusterSpec {
  readonly type: S3ClusterKind
  /** Base URLs of the management API in the order they are tried; may be empty on WEKA, where the Secret can carry them. */
  readonly endpoints: readonly string[]
  readonly credentialsSecretRef: CredentialsSecretRef
  readonly tls: TlsOptions
  readonly requestTimeoutSeconds: number
  readonly driftCheckSeconds: number
}

/** Which cluster answered: WEKA guid, MinIO deployment id. */
export interface S3ClusterIdentity {
  readonly id: string
  readonly name: string
  readonly version: string
}

export interface S3ClusterStatus {
  /** -1 before the first pass. */
  readonly observedGeneration: number
  readonly conditions?: readonly Condition[]
  readonly identity?: S3ClusterIdentity
}

/** The resource as stored. `spec` is for `parseS3ClusterSpec`; `status` is written by the operator alone. */
export interface S3Cluster extends KubernetesObject {
  readonly spec: unknown
  readonly status?: S3ClusterStatus
}

export const s3ClusterType: ResourceType = {
  group,
  version,
  plural: 's3clusters',
  kind: 'S3Cluster',
  namespaced: true,
}

const endpoint = withRules(z.string().min(1).max(maximumUrlLength), [...urlRules, noQuery])

const credentialsSecretRef = z.object({
  name: objectName().describe('Name of the Secret, in the namespace of this resource.'),
} satisfies ShapeOf<CredentialsSecretRef>)

const clusterKind = withRules(z.enum(['WEKA', 'MinIO']), [
  {
    cel: 'self == oldSelf',
    message: 'must not change; delete and recreate the resource to manage another type of S3 cluster',
    reason: 'FieldValueForbidden',
  },
])

const identity = z.object({
  id: z.string().max(256).describe('Id that the cluster keeps for life: WEKA guid, MinIO deployment id.'),
  name: z.string().max(256).describe('Name that the cluster gives itself.'),
  version: z.string().max(256).describe('Release that the cluster runs.'),
} satisfies ShapeOf<S3ClusterIdentity>)

/** Schema of `.spec`. */
export const s3ClusterSpec: z.ZodType<S3ClusterSpec> = withRules(
  z.object({
    type: clusterKind.describe('What kind of S3 cluster this is: WEKA or MinIO. It cannot be changed later.'),
    endpoints: z.array(endpoint).max(16).default([]).meta({
      description:
        'Base URLs of the management API, tried in this order: another one serves when one cannot be reached. WEKA: https://host:14000, one per node; MinIO: the S3 endpoint. Default: none, for WEKA credentials that carry their own endpoints.',
      'x-kubernetes-list-type': 'atomic',
    }),
    credentialsSecretRef: credentialsSecretRef.describe(
      'Secret with the credentials of the management API. WEKA: username, password, organization (or org) and optionally endpoints, scheme and caCertificate, as the WEKA CSI driver has them. MinIO: accessKey, secretKey and optionally sessionToken.',
    ),
    tls: tlsBlock(
      'How the management API proves who it is. Without caCertificateRef, the caCertificate of the credentials is trusted where they have one.',
    ),
    requestTimeoutSeconds: int32(5, 300)
      .default(60)
      .describe('How long one call to the management API may take, in seconds. Default: 60.'),
    driftCheckSeconds: int32(60, 86_400)
      .default(300)
      .describe(
        'How often the webhooks on this cluster are read back and compared with what was asked for, in seconds. Default: 300.',
      ),
  } satisfies ShapeOf<S3ClusterSpec>),
  [
    {
      cel: "self.type != 'MinIO' || size(self.endpoints) > 0",
      message: "must have at least one entry when `type` is 'MinIO'",
      holds: (spec) => spec.type !== 'MinIO' || spec.endpoints.length > 0,
      reason: 'FieldValueRequired',
      fieldPath: '.endpoints',
    },
  ],
).describe('How to reach the S3 cluster.')

/** Schema of `.status`. */
export const s3ClusterStatus: z.ZodType<S3ClusterStatus> = z
  .object({
    observedGeneration: int64(-1)
      .default(-1)
      .describe('Generation of the resource that this status speaks of; -1 before the first look.'),
    conditions: conditionList.exactOptional(),
    identity: identity
      .describe(
        'The cluster that answered at the first contact. When an address leads to another one, nothing is written there until the annotation s3audit.dev/accept-cluster-id names it.',
      )
      .exactOptional(),
  } satisfies ShapeOf<S3ClusterStatus>)
  .default({ observedGeneration: -1 })
  .describe('What the operator found. Written by the operator.')

/** The spec of a stored S3Cluster with defaults, or why it cannot be used (reason InvalidSpec). Once per pass. */
export function parseS3ClusterSpec(value: unknown): ParsedSpec<S3ClusterSpec> {
  return parseSpec(s3ClusterSpec, value)
}
