import { z } from 'zod'

import type { Condition } from './conditions.ts'
import { int64, timestamp } from './scalars.ts'
import type { ShapeOf } from './schema-of.ts'

/** Condition types of an S3Cluster. Reconciling and Stalled are present only while True. */
export const clusterConditionTypes = ['Ready', 'Reconciling', 'Stalled'] as const
export type ClusterConditionType = (typeof clusterConditionTypes)[number]

/** Condition types of an S3AuditWebhook. Reconciling, Stalled and Suspended are present only while True. */
export const webhookConditionTypes = [
  'Ready',
  'Synced',
  'TargetReachable',
  'Delivering',
  'BufferHealthy',
  'Reconciling',
  'Stalled',
  'Suspended',
] as const
export type WebhookConditionType = (typeof webhookConditionTypes)[number]

/** Longest message that the API server takes, in characters. */
const maximumMessageLength = 32_768

const condition = z.object({
  type: z
    .string()
    .min(1)
    .max(316)
    .regex(
      /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/u,
    )
    .describe('What is judged.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('The judgement: True, False or Unknown.'),
  observedGeneration: int64(0).describe('Generation of the resource that the judgement was made for.').exactOptional(),
  lastTransitionTime: timestamp().describe('When `status` last changed.'),
  reason: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/u)
    .describe('Why, in one word for programs.'),
  message: z.string().max(maximumMessageLength).describe('Why, in words for people, and what to do.'),
} satisfies ShapeOf<Condition>)

/** The list of conditions in a status: a map keyed by `type`, as in metav1. */
export const conditionList: z.ZodType<readonly Condition[]> = z
  .array(condition)
  .max(16)
  .meta({
    description: 'What is known about the resource, one judgement per type.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  })
