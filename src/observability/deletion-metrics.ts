import type { Registry } from '@prometheus-io/client'

import { deletionMetricDefinitions as definitions } from './deletion-metric-definitions.ts'
import { registerCounter } from './register-metric.ts'

/** Why a webhook stayed on its S3 cluster when its resource was deleted. */
export const leftBehindReasons = [
  'InvalidSpec',
  'Suspended',
  'ClusterNotFound',
  'SecretNotFound',
  'ClusterNotReady',
  'ClusterUnreachable',
  'ClusterIdentityChanged',
  'CredentialsRejected',
  'CredentialsLockedOut',
  'PermissionDenied',
  'S3NotRunning',
  'ApplyFailed',
  'ForeignWebhook',
  'EnvironmentOverride',
] as const
export type LeftBehindReason = (typeof leftBehindReasons)[number]

export interface DeletionMetrics {
  leftBehind(reason: LeftBehindReason): void
}

/** Of all resources together: theirs are gone by then. Counters exist with 0, so that the first one is an increase. */
export function createDeletionMetrics(registry: Registry): DeletionMetrics {
  const total = registerCounter(registry, definitions.leftBehind)
  for (const reason of leftBehindReasons) total.inc({ reason }, 0)
  return { leftBehind: (reason) => total.inc({ reason }) }
}
