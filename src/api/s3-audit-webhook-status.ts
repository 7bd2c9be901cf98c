import { z } from 'zod'

import { maximumRequestLength } from './annotations.ts'
import { conditionList } from './condition-types.ts'
import type { Condition } from './conditions.ts'
import { int32, int64, timestamp } from './scalars.ts'
import type { ShapeOf } from './schema-of.ts'
import { maximumUrlLength } from './url-rules.ts'

/** The version of the token's Secret that was applied; its value is nowhere in the status. */
export interface AppliedTokenSecret {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** What was last written to the S3 cluster, or taken over from it. */
export interface AppliedWebhook {
  readonly clusterId: string
  /** Name of the webhook on the cluster: MinIO's target name; empty where the cluster has only one webhook. */
  readonly targetName: string
  /** Without its query: queries can hold keys. */
  readonly endpoint: string
  readonly enabled: boolean
  readonly tokenSecret?: AppliedTokenSecret
  readonly time: string
}

export type TargetState = 'Reachable' | 'Degraded' | 'Unreachable' | 'Rejecting' | 'Unknown'

export interface TargetStatus {
  readonly state: TargetState
  /** A TargetReason. No enum in the schema, lest a status be refused while an older CRD is installed. */
  readonly reason: string
  /** When `state` last changed. */
  readonly lastTransitionTime: string
  /** Set when an outage begins: the last success before it. */
  readonly lastSuccessTime?: string
  readonly certificateNotAfter?: string
}

export type BufferState = 'Empty' | 'Filling' | 'AtRisk' | 'Full' | 'Draining' | 'Unknown'

/** Measured: the cluster reports it. Estimated: computed from outage and rate. */
export type BufferBasis = 'Measured' | 'Estimated'

/** How a figure that an estimate needs is known: Reported by the cluster or Specified in the resource. */
export type FigureBasis = 'Reported' | 'Specified'

/** Events that waited when a phase of an estimate began, an outage or the time after it: all that the next figures come from. */
export interface EstimatedBacklog {
  readonly time: string
  readonly lowerEvents: number
  readonly expectedEvents: number
  readonly upperEvents: number
}

/** Coarse on purpose; fine figures are metrics. Counts are of the node that fills first. */
export interface BufferStatus {
  readonly state: BufferState
  readonly basis?: BufferBasis
  /** `10%`; `~40%` for an estimate; `?` when unknown. */
  readonly summary: string
  readonly percentFull?: number
  /** Bounds of an estimate. */
  readonly percentLower?: number
  readonly percentUpper?: number
  readonly capacityEvents?: number
  readonly capacityBasis?: FigureBasis
  readonly eventsPerMinute?: number
  /** Of an estimate, or where the rate is all that is known. */
  readonly rateBasis?: FigureBasis
  /** How long an outage the empty buffer survives at the usual rate. */
  readonly holdSeconds?: number
  /** When the buffer will be full, to the minute; only while it fills. */
  readonly fullTime?: string
  readonly outageStartTime?: string
  readonly backlog?: EstimatedBacklog
  readonly eventsLost?: number
}

/** The five verdict words. */
export type TestOutcome = 'ok' | 'warning' | 'transient' | 'misconfigured' | 'rejected'

/** The last test event (level 3). */
export interface LastTest {
  readonly time: string
  /** The mark by which the event is found in the target. */
  readonly id: string
  readonly level: number
  readonly outcome: TestOutcome
  /** A TargetReason; see TargetStatus. */
  readonly reason: string
}

export interface S3AuditWebhookStatus {
  /** -1 before the first pass. */
  readonly observedGeneration: number
  readonly conditions?: readonly Condition[]
  readonly applied?: AppliedWebhook
  readonly target?: TargetStatus
  readonly buffer?: BufferStatus
  readonly lastTest?: LastTest
  readonly lastHandledTestRequest?: string
  readonly lastHandledReconcileRequest?: string
}

const reason = (): z.ZodString =>
  z
    .string()
    .max(64)
    .regex(/^[A-Z][A-Za-z0-9]*$/u)

const applied = z.object({
  clusterId: z.string().max(256).describe('Id of the S3 cluster that has the webhook.'),
  targetName: z.string().max(256).describe('Name of the webhook on the S3 cluster; empty where it has only one.'),
  endpoint: z.string().max(maximumUrlLength).describe('Where the webhook leads, without its query.'),
  enabled: z.boolean().describe('Whether the webhook is switched on.'),
  tokenSecret: z
    .object({
      name: z.string().max(253).describe('Name of the Secret.'),
      uid: z.string().max(64).describe('Uid of the Secret.'),
      resourceVersion: z.string().max(64).describe('Version of the Secret.'),
    } satisfies ShapeOf<AppliedTokenSecret>)
    .describe('The version of the Secret whose token was applied.')
    .exactOptional(),
  time: timestamp().describe('When it was applied.'),
} satisfies ShapeOf<AppliedWebhook>)

const target = z.object({
  state: z
    .enum(['Reachable', 'Degraded', 'Unreachable', 'Rejecting', 'Unknown'])
    .describe(
      'Reachable; Degraded: works, but slowly or not for long; Unreachable: no answer; Rejecting: answers and refuses; Unknown: not tested.',
    ),
  reason: reason().describe('Why, as in the condition TargetReachable.'),
  lastTransitionTime: timestamp().describe('When `state` last changed.'),
  lastSuccessTime: timestamp().describe('The last passed test before the present outage.').exactOptional(),
  certificateNotAfter: timestamp().describe("When the target's certificate ends.").exactOptional(),
} satisfies ShapeOf<TargetStatus>)

const backlog = z.object({
  time: timestamp().describe('When this phase, an outage or the time after it, began.'),
  lowerEvents: int64(0).describe('Events that waited then, at least.'),
  expectedEvents: int64(0).describe('Events that waited then, at the usual rate.'),
  upperEvents: int64(0).describe('Events that waited then, at most.'),
} satisfies ShapeOf<EstimatedBacklog>)

const buffer = z.object({
  state: z
    .enum(['Empty', 'Filling', 'AtRisk', 'Full', 'Draining', 'Unknown'])
    .describe('AtRisk: less time is left than `atRiskSeconds`. Full: events are being lost.'),
  basis: z
    .enum(['Measured', 'Estimated'])
    .describe(
      'Measured: as the S3 cluster reports. Estimated: computed from the length of the outage and the usual rate.',
    )
    .exactOptional(),
  summary: z.string().max(16).describe("How full, in a word: '10%'; '~40%' when estimated; '?' when unknown."),
  percentFull: int32(0, 100).describe('How full, in percent, in steps of 5.').exactOptional(),
  percentLower: int32(0, 100)
    .describe('How full at least, in percent, in steps of 5. Of an estimate only.')
    .exactOptional(),
  percentUpper: int32(0, 100)
    .describe('How full at most, in percent, in steps of 5. Of an estimate only.')
    .exactOptional(),
  capacityEvents: int64(0).describe('How many events fit.').exactOptional(),
  capacityBasis: z
    .enum(['Reported', 'Specified'])
    .describe('Where the capacity comes from: Reported by the S3 cluster, or Specified in the resource.')
    .exactOptional(),
  eventsPerMinute: int64(0).describe('The usual rate of events at the busiest node.').exactOptional(),
  rateBasis: z
    .enum(['Reported', 'Specified'])
    .describe(
      'Where the rate of an estimate comes from: Reported by the S3 cluster, as its statistics of S3 requests, or Specified in the resource.',
    )
    .exactOptional(),
  holdSeconds: int64(0)
    .describe('How long an outage the empty buffer survives at the usual rate, in seconds.')
    .exactOptional(),
  fullTime: timestamp().describe('When the buffer will be full, while it is filling.').exactOptional(),
  outageStartTime: timestamp().describe('Since when events cannot leave the S3 cluster.').exactOptional(),
  backlog: backlog
    .describe('What an estimate starts from, so that it goes on after a restart of the operator.')
    .exactOptional(),
  eventsLost: int64(0).describe('How many events were lost in this outage, at the best estimate.').exactOptional(),
} satisfies ShapeOf<BufferStatus>)

const lastTest = z.object({
  time: timestamp().describe('When it was sent.'),
  id: z.string().max(128).describe("Its mark: search the target for it in tags['s3audit.probeId']."),
  level: int32(0, 3).describe('Level of the test; 3 is the test event.'),
  outcome: z
    .enum(['ok', 'warning', 'transient', 'misconfigured', 'rejected'])
    .describe('ok; warning; transient: waiting helps; misconfigured: a human helps; rejected: this event is refused.'),
  reason: reason().describe('Why, as in the condition TargetReachable.'),
} satisfies ShapeOf<LastTest>)

const request = (annotation: string): z.ZodString =>
  z.string().max(maximumRequestLength).describe(`Value of the annotation ${annotation} that was handled last.`)

/** Schema of `.status`. */
export const s3AuditWebhookStatus: z.ZodType<S3AuditWebhookStatus> = z
  .object({
    observedGeneration: int64(-1)
      .default(-1)
      .describe('Generation of the resource that this status speaks of; -1 before the first look.'),
    conditions: conditionList.exactOptional(),
    applied: applied.describe('What the operator last set on the S3 cluster.').exactOptional(),
    target: target.describe('How the target answers the tests.').exactOptional(),
    buffer: buffer
      .describe("How full the S3 cluster's buffer is and how long it lasts; coarse, see the metrics.")
      .exactOptional(),
    lastTest: lastTest.describe('The last test event.').exactOptional(),
    lastHandledTestRequest: request('s3audit.dev/test-requested-at').exactOptional(),
    lastHandledReconcileRequest: request('s3audit.dev/reconcile-requested-at').exactOptional(),
  } satisfies ShapeOf<S3AuditWebhookStatus>)
  .default({ observedGeneration: -1 })
  .describe('What the operator found. Written by the operator.')
