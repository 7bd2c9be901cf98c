import { findCondition } from '../../api/conditions.ts'
import type { FigureBasis, S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import type { S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import { coarseFigure } from '../../buffer/buffer-figures.ts'
import { judgeEstimatedBuffer } from '../../buffer/estimated-buffer.ts'
import { judgeMeasuredBuffer } from '../../buffer/measured-buffer.ts'
import { unknownBuffer } from '../../buffer/unknown-buffer.ts'
import type { DeliverySnapshot } from './delivery-snapshot.ts'
import type { BufferFinding, DeliveryFinding, TargetFinding } from './findings.ts'
import { deliveringStatus } from './reason-status.ts'

export interface BufferFindingInput {
  readonly spec: Pick<S3AuditWebhookSpec, 'buffer' | 'probe' | 'minio'>
  readonly status: S3AuditWebhookStatus | undefined
  readonly target: TargetFinding
  readonly delivery: DeliveryFinding
  readonly snapshot: DeliverySnapshot | undefined
  /** Events per minute at one node as the cluster last told them; undefined where it did not. */
  readonly eventRate: number | undefined
  /** RFC 3339. */
  readonly now: string
}

/** What `BufferHealthy` says of a webhook that is in use: measured, else estimated, else unknown. Pure. */
export function bufferFinding(input: BufferFindingInput): BufferFinding {
  const { spec, status, target, delivery, snapshot, now } = input
  const previous = status?.buffer
  const down = isDown(target)
  const outage = down || isHeldBack(delivery)
  const began = down && target.tested ? target.outageStartTime : now
  const outageStartTime = outage ? (previous?.outageStartTime ?? began ?? now) : undefined
  const rate = usualRate(input, outageStartTime !== undefined)
  if (delivery.reason === 'NotReported') {
    const estimated = estimate(input, specifiedBuffer(spec, rate), outageStartTime)
    return estimated ?? unknownBuffer(outageStartTime, { remedy: remedy(input, rate), rate: told(rate) })
  }
  // What cannot be asked while the target is away fills as it did: by the capacity and the rate that it told before.
  if ((down || previous?.basis === 'Estimated') && isSilent(input)) {
    const estimated = estimate(input, reportedBuffer(input) ?? specifiedBuffer(spec, rate), outageStartTime)
    if (estimated !== undefined) return estimated
  }
  const measured = judgeMeasuredBuffer({
    samples: snapshot?.samples ?? [],
    previous,
    outage,
    outageStartTime,
    atRiskSeconds: spec.buffer.atRiskSeconds,
    lostEvents: snapshot?.lostEvents ?? 0,
  })
  return measured ?? kept(status) ?? unknownBuffer(outageStartTime, { rate: told(rate) })
}

/** Whether the cluster is to be asked for the rate: not where the spec tells it, nor in an outage, in which that of before stands. */
export function wantsRate(
  { buffer }: Pick<S3AuditWebhookSpec, 'buffer'>,
  status: S3AuditWebhookStatus | undefined,
): boolean {
  const state = status?.target?.state
  return buffer.eventsPerMinute === undefined && (state === 'Reachable' || state === 'Degraded')
}

function isDown(target: TargetFinding): boolean {
  return target.tested && (target.state === 'Unreachable' || target.state === 'Rejecting')
}

/** A queue that grows while sends succeed is a burst, or a target that is slow: events do leave, and more workers join. */
function isHeldBack({ reason }: DeliveryFinding): boolean {
  return deliveringStatus(reason) === 'False' && reason !== 'QueueGrowing'
}

/** Looks that failed for so long are no blip. */
const silentPeriods = 3

/** The cluster does not answer, and the last figures are old. */
function isSilent({ delivery, snapshot, spec, now }: BufferFindingInput): boolean {
  if (delivery.reason !== 'ClusterUnreachable') return false
  const age = Date.parse(now) - (snapshot?.latest?.time ?? Number.NEGATIVE_INFINITY)
  return age >= silentPeriods * spec.probe.periodSeconds * 1000
}

interface UsualRate {
  readonly eventsPerMinute: number
  readonly rateBasis: FigureBasis
}

interface BufferSize extends UsualRate {
  readonly capacity: { readonly events: number; readonly basis: FigureBasis }
}

/** What a rate that the cluster tells has to move by: no further may a rate be off that the bounds of an estimate hold for. */
const rateShare = 0.2
/** Events per minute: small rates jump. */
const rateSlack = 2

/** What the spec says, else what the cluster tells. In an outage the rate of before stands, lest the prediction move with it. */
function usualRate({ spec, status, eventRate }: BufferFindingInput, outage: boolean): UsualRate | undefined {
  const specified = spec.buffer.eventsPerMinute
  if (specified !== undefined) return { eventsPerMinute: specified, rateBasis: 'Specified' }
  const before = status?.buffer?.rateBasis === 'Reported' ? status.buffer.eventsPerMinute : undefined
  const now = eventRate === undefined ? before : coarseFigure(eventRate, before, rateSlack, rateShare)
  const eventsPerMinute = outage ? (before ?? now) : now
  return eventsPerMinute === undefined ? undefined : { eventsPerMinute, rateBasis: 'Reported' }
}

/** Where it is all that is known: what the spec says need not be repeated. */
function told(rate: UsualRate | undefined): UsualRate | undefined {
  return rate?.rateBasis === 'Reported' ? rate : undefined
}

function specifiedBuffer({ buffer }: BufferFindingInput['spec'], rate: UsualRate | undefined): BufferSize | undefined {
  if (buffer.capacityEvents === undefined || rate === undefined) return undefined
  return { capacity: { events: buffer.capacityEvents, basis: 'Specified' }, ...rate }
}

/** As the cluster told before; not what it told of a queue that goes on to a directory. */
function reportedBuffer({ spec, status }: BufferFindingInput): BufferSize | undefined {
  const previous = status?.buffer
  if (previous?.capacityBasis !== 'Reported' || previous.capacityEvents === undefined) return undefined
  if (spec.minio?.queueDir !== undefined) return undefined
  const { capacityEvents, eventsPerMinute } = previous
  if (eventsPerMinute === undefined || eventsPerMinute === 0) return undefined
  return { capacity: { events: capacityEvents, basis: 'Reported' }, eventsPerMinute, rateBasis: 'Reported' }
}

/** What is missing for an estimate. */
function remedy({ spec, target }: BufferFindingInput, rate: UsualRate | undefined): string {
  if (spec.buffer.capacityEvents === undefined) {
    const both = 'For an estimate set `spec.buffer.capacityEvents` and `spec.buffer.eventsPerMinute`.'
    return rate === undefined ? both : 'For an estimate set `spec.buffer.capacityEvents`; the usual rate is known.'
  }
  if (rate === undefined) {
    return 'For an estimate set `spec.buffer.eventsPerMinute`: the S3 cluster has not told the usual rate.'
  }
  return target.tested ? 'An estimate needs a test of the target first.' : 'An estimate needs tests of the target.'
}

/** Undefined where capacity or rate are not known, or nothing tells whether there is an outage. */
function estimate(
  { spec, status, target, now }: BufferFindingInput,
  size: BufferSize | undefined,
  outageStartTime: string | undefined,
): BufferFinding | undefined {
  if (size === undefined || !target.tested) return undefined
  if (target.state === 'Unknown') return status?.buffer?.basis === 'Estimated' ? kept(status) : undefined
  return judgeEstimatedBuffer({
    ...size,
    now: Date.parse(now),
    previous: status?.buffer,
    outageStartTime,
    lastSuccessTime: target.lastSuccessTime,
    atRiskSeconds: spec.buffer.atRiskSeconds,
  })
}

/** What was told before, while nothing new can be said. */
function kept(status: S3AuditWebhookStatus | undefined): BufferFinding | undefined {
  const last = findCondition(status?.conditions ?? [], 'BufferHealthy')
  const reason = judgedReasons.find((known) => known === last?.reason)
  if (last === undefined || reason === undefined || status?.buffer?.basis === undefined) return undefined
  return { reason, message: last.message, status: status.buffer }
}

const judgedReasons = ['Empty', 'Filling', 'Draining', 'AtRisk', 'Full'] as const
