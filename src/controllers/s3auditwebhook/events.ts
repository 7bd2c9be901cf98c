import { findCondition } from '../../api/conditions.ts'
import type { EventReason } from '../../api/reasons.ts'
import type { S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import type { S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { EventRecord } from '../../kube/event-recorder.ts'
import type { ApplyOutcome } from './act.ts'
import { hostOf, type Decision } from './decide.ts'
import { leftoverText } from './drain.ts'
import type { TargetFinding } from './findings.ts'
import type { WebhookInputs } from './inputs.ts'

/** An Event without the object it regards. */
export type PassEvent = Omit<EventRecord, 'regarding'> & { readonly reason: EventReason }

export interface PassResult {
  readonly previous: S3AuditWebhookStatus | undefined
  readonly next: S3AuditWebhookStatus
  readonly decision: Decision
  readonly target?: TargetFinding
  /** An episode of drift began with this pass, as far as this process knows. */
  readonly driftBegan: boolean
  readonly outcome: ApplyOutcome | undefined
  readonly spec: S3AuditWebhookSpec
  readonly inputs: WebhookInputs
}

/** The Events of one pass: what it did, and every transition between the status before and after. Pure. */
export function eventsOfPass(result: PassResult): readonly PassEvent[] {
  return [
    ...driftEvents(result),
    ...applyEvents(result),
    ...syncedEvents(result),
    ...targetEvents(result),
    ...bufferEvents(result),
  ]
}

function driftEvents({ previous, decision, driftBegan }: PassResult): PassEvent[] {
  const before = findCondition(previous?.conditions ?? [], 'Synced')?.reason
  // After a restart the status still tells of an episode that was told.
  if (!driftBegan || before === 'DriftDetected' || before === 'AnotherWriter') return []
  const note =
    decision.status === 'True' ? 'The webhook on the cluster was changed by something else.' : decision.message
  return [warning('DriftDetected', 'ReadBack', note)]
}

function applyEvents({ decision, outcome, spec, inputs, next }: PassResult): PassEvent[] {
  if (outcome?.state !== 'Applied' || decision.action.kind !== 'Apply') return []
  const events: PassEvent[] = []
  const lost = leftoverText(outcome.leftover)
  if (decision.action.cause === 'Drift') {
    events.push(normal('DriftRepaired', 'Apply', 'The webhook on the cluster is as the spec says again.'))
  } else if (spec.enabled) {
    const untested = findCondition(next.conditions ?? [], 'TargetReachable')?.status !== 'True'
    const weka = inputs.cluster.state === 'Connected' && inputs.cluster.connection.type === 'WEKA'
    const advice =
      decision.action.cause === 'First' && untested && weka
        ? ' The target has not accepted a test yet: a sender such as this one may drop events instead of keeping them until it does.'
        : ''
    events.push(
      normal(
        'WebhookApplied',
        'Apply',
        `The cluster now sends its audit events to '${hostOf(spec.endpoint)}'.${advice}`,
      ),
    )
  } else events.push(normal('WebhookDisabled', 'Apply', 'The webhook was switched off on the cluster.'))
  if (lost !== undefined) events.push(warning('EventsLost', 'Apply', lost))
  return events
}

function syncedEvents({ previous, next }: PassResult): PassEvent[] {
  const before = findCondition(previous?.conditions ?? [], 'Synced')
  const after = findCondition(next.conditions ?? [], 'Synced')
  if (after === undefined || before?.reason === after.reason) return []
  switch (after.reason) {
    case 'Conflict':
    case 'ChangeRefused':
    case 'SecretNotFound':
    case 'CredentialsRejected':
      return [warning(after.reason, 'Decide', after.message)]
    default:
      return []
  }
}

function targetEvents({ previous, next, target }: PassResult): PassEvent[] {
  const before = previous?.target?.state ?? 'Unknown'
  const after = next.target?.state ?? 'Unknown'
  const message = findCondition(next.conditions ?? [], 'TargetReachable')?.message ?? ''
  const events: PassEvent[] = []
  if (before !== after) {
    if (after === 'Unreachable') events.push(warning('TargetUnreachable', 'Test', message))
    if (after === 'Rejecting') events.push(warning('TargetRejecting', 'Test', message))
    if (after === 'Degraded') events.push(warning('TargetDegraded', 'Test', message))
    if (after === 'Reachable' && before !== 'Unknown') events.push(normal('TargetRecovered', 'Test', message))
  }
  const asked = target?.tested === true ? target.requestedTest : undefined
  if (asked !== undefined && previous?.lastHandledTestRequest !== next.lastHandledTestRequest) {
    const type = asked.passed ? normal : warning
    events.push(type('TargetTested', 'Test', asked.summary))
  }
  if (isNewAcceptance(previous, next)) {
    events.push(normal('TestEventAccepted', 'Test', `The target accepted test event '${next.lastTest?.id ?? ''}'.`))
  }
  return events
}

/** The first accepted test event, and every one that was asked for. */
function isNewAcceptance(previous: S3AuditWebhookStatus | undefined, next: S3AuditWebhookStatus): boolean {
  const test = next.lastTest
  if (test === undefined || test.id === previous?.lastTest?.id) return false
  if (test.outcome !== 'ok' && test.outcome !== 'warning') return false
  return previous?.lastTest === undefined || previous.lastHandledTestRequest !== next.lastHandledTestRequest
}

function bufferEvents({ previous, next, spec }: PassResult): PassEvent[] {
  const before = previous?.buffer
  const after = next.buffer
  if (after === undefined) return []
  const message = findCondition(next.conditions ?? [], 'BufferHealthy')?.message ?? ''
  const events: PassEvent[] = []
  if (before?.state !== after.state) {
    if (after.state === 'AtRisk') events.push(warning('BufferAtRisk', 'Measure', message))
    if (after.state === 'Full') events.push(warning('BufferFull', 'Measure', message))
    if (after.state === 'Empty' && hasDrained(before, after)) {
      events.push(normal('BufferDrained', 'Measure', message))
    }
  }
  if ((after.eventsLost ?? 0) > (before?.eventsLost ?? 0)) events.push(warning('EventsLost', 'Measure', message))
  if (isTooSmall(after, spec) && !isTooSmall(before, spec)) {
    events.push(
      warning(
        'BufferTooSmall',
        'Measure',
        'At the usual rate the buffer fills in less time than `spec.buffer.atRiskSeconds`: an outage of the target leaves too little time to act.',
      ),
    )
  }
  return events
}

/**
 * A short queue is gone before anybody sees it drain, but one that is empty while the outage lasts may as well have been lost with
 * its node. What fills without an outage is a burst.
 */
function hasDrained(
  before: S3AuditWebhookStatus['buffer'],
  after: NonNullable<S3AuditWebhookStatus['buffer']>,
): boolean {
  switch (before?.state) {
    case 'Draining':
      return true
    case 'AtRisk':
    case 'Full':
      return after.outageStartTime === undefined
    case 'Filling':
      return before.outageStartTime !== undefined && after.outageStartTime === undefined
    default:
      return false
  }
}

function isTooSmall(buffer: S3AuditWebhookStatus['buffer'], spec: S3AuditWebhookSpec): boolean {
  return buffer?.holdSeconds !== undefined && buffer.holdSeconds < spec.buffer.atRiskSeconds
}

function normal(reason: EventReason, action: string, note: string): PassEvent {
  return { type: 'Normal', reason, action, note }
}

function warning(reason: EventReason, action: string, note: string): PassEvent {
  return { type: 'Warning', reason, action, note }
}
