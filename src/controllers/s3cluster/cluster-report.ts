import { type Condition, setCondition } from '../../api/conditions.ts'
import type { ClusterReason } from '../../api/reasons.ts'
import type { S3Cluster, S3ClusterStatus } from '../../api/s3-cluster.ts'
import type { ClusterIdentity } from '../../providers/provider.ts'
import { withProgress, type Progress } from '../kstatus.ts'

/** What a pass over an S3Cluster found out. */
export interface ClusterFinding {
  readonly reason: ClusterReason
  readonly message: string
  /** Set when the cluster answered and may be used. */
  readonly identity?: ClusterIdentity
}

/** Only a human can help with these; everything else is tried again. */
const stalledReasons: ReadonlySet<ClusterReason> = new Set([
  'InvalidSpec',
  'EndpointMissing',
  'EndpointNotAllowed',
  'TLSUntrusted',
  'CAInvalid',
  'CredentialsRejected',
  'PermissionDenied',
  'ClusterIdentityChanged',
  'ProviderMismatch',
])

/** The status after a pass. Pure; equal to the previous one when nothing changed. */
export function reportCluster(
  cluster: S3Cluster,
  previous: S3ClusterStatus | undefined,
  finding: ClusterFinding,
  now: string,
): S3ClusterStatus {
  const observedGeneration = cluster.metadata.generation ?? 0
  const status = readiness(finding.reason)
  const conditions = setCondition<Condition>(
    previous?.conditions ?? [],
    { type: 'Ready', status, reason: finding.reason, message: finding.message, observedGeneration },
    now,
  )
  const identity = finding.identity ?? previous?.identity
  return {
    observedGeneration,
    conditions: [...withProgress(conditions, progress(finding), { observedGeneration, now })],
    ...(identity === undefined ? {} : { identity }),
  }
}

function readiness(reason: ClusterReason): Condition['status'] {
  if (reason === 'Connected') return 'True'
  return reason === 'Progressing' ? 'Unknown' : 'False'
}

function progress({ reason, message }: ClusterFinding): Progress {
  if (reason === 'Connected') return { state: 'Current' }
  if (stalledReasons.has(reason)) return { state: 'Stalled', reason, message }
  return { state: 'InProgress', retrying: reason !== 'Progressing', message }
}
