import type { TargetState } from '../api/s3-audit-webhook-status.ts'
import { addBit, countBits } from './bit-window.ts'
import { addChange, flappingNote, isFlapping, isHeldBack } from './flapping.ts'
import { addDuration, isSlow } from './latency-window.ts'
import { type Evidence, isOutage, type Reachability } from './reachability.ts'
import { type Observation, roundOutcome, type RoundOutcome } from './round.ts'
import type { LadderLevel, Verdict } from './verdict.ts'

export interface ReachabilityThresholds {
  readonly failureThreshold: number
  readonly successThreshold: number
  /** An outage is over only when this level has passed: 2, or 1 where neither token nor event can be tested. */
  readonly proofLevel: LadderLevel
  /** Slower answers, in the 95th percentile, degrade: half the S3 sender's time-out. */
  readonly slowMilliseconds: number
}

const refusalThreshold = 2
/** 4 failures among the last 6 rounds trip as falsely as 3 in a row, and see what comes and goes. */
const [historyLength, historyFailures] = [6, 4]
/** As long as the quick re-tests take at the most. */
const patienceMilliseconds = 10_000

/**
 * The judgement after one more round of tests. Pure; a round without verdicts changes nothing.
 *
 * - Unreachable after `failureThreshold` failures in a row or 4 of the last 6, Rejecting after 2 refusals in a row.
 * - A failure is made good only at its own level or above: a healthy collector says nothing about a forbidden index.
 * - Out of an outage after `successThreshold` passed rounds, one of them with `proofLevel`; out of Unknown after any one.
 * - Degraded while a warning stands: until a round of its level passes without it.
 * - A target that asked for patience and fails again after it is out, without a third failure: it may ask for minutes each time.
 * - A target that comes and goes keeps the worse state until it has been well for long: see `isHeldBack`.
 * - The reason is the highest proof of the present state; within an outage another one of the same level must be seen twice.
 */
export function advanceReachability(
  previous: Reachability,
  round: readonly Verdict[],
  now: number,
  thresholds: ReachabilityThresholds,
): Reachability {
  const outcome = roundOutcome(round)
  if (outcome === undefined) return previous
  const failed = outcome.result === 'Down' || outcome.result === 'Refused'
  const evidence = failed
    ? addFailure(previous.evidence, outcome)
    : addSuccess(previous.evidence, outcome, thresholds, now)
  const judged = failed
    ? afterFailure(previous, outcome, evidence, thresholds, now)
    : afterSuccess(previous.state, evidence, thresholds)
  const state = isHeldBack(previous, judged, evidence, now) ? previous.state : judged
  const entered = state !== previous.state
  const changes = entered && previous.state !== 'Unknown' ? addChange(previous.changes, now) : previous.changes
  const recovered = isOutage(previous.state) && !isOutage(state)
  const told = adoptFailure(previous, evidence, outcome, state)
  const pending = isOutage(state) || told.failuresInRow > 0
  const { reason, message } = shown(previous, told, state, isFlapping(changes, now))
  return {
    state,
    reason,
    message,
    lastTransitionTime: entered ? now : previous.lastTransitionTime,
    lastSuccessTime: pending ? previous.lastSuccessTime : now,
    outageStartTime: pending ? (previous.outageStartTime ?? now) : undefined,
    lastRecoveryTime: recovered ? now : previous.lastRecoveryTime,
    certificateNotAfter: firstOf(round, (verdict) => verdict.certificateNotAfter) ?? previous.certificateNotAfter,
    notBefore: after(
      now,
      firstOf(round, (verdict) => verdict.retryAfterMilliseconds),
    ),
    changes,
    settingTime: previous.settingTime,
    evidence: told,
  }
}

function addFailure(evidence: Evidence, outcome: RoundOutcome): Evidence {
  const refused = outcome.result === 'Refused'
  return {
    ...evidence,
    // What failed higher up still has to be made good when the target now fails lower down.
    unresolvedLevel: highest(evidence.unresolvedLevel, outcome.observation.level),
    failuresInRow: evidence.failuresInRow + 1,
    refusalsInRow: refused ? evidence.refusalsInRow + 1 : 0,
    transientsInRow: refused ? 0 : evidence.transientsInRow + 1,
    successesInRow: 0,
    provenLevel: 0,
    passingSince: undefined,
    cleanSince: undefined,
    roundsSinceFailure: evidence.roundsSinceFailure + 1,
    failures: addBit(evidence.failures, true, historyLength),
  }
}

function addSuccess(
  evidence: Evidence,
  outcome: RoundOutcome,
  thresholds: ReachabilityThresholds,
  now: number,
): Evidence {
  const { observation, reached, durationMilliseconds } = outcome
  const latencies =
    durationMilliseconds === undefined
      ? evidence.latencies
      : addDuration(evidence.latencies, durationMilliseconds, thresholds.slowMilliseconds)
  const slow = isSlow(latencies, evidence.slow)
  const warning = outcome.result === 'Warned' ? observation : standing(evidence.warning, reached)
  const seen: Evidence = {
    ...evidence,
    failures: addBit(evidence.failures, false, historyLength),
    latencies,
    slow,
    warning,
    passingSince: evidence.passingSince ?? now,
    cleanSince: warning === undefined && !slow ? (evidence.cleanSince ?? now) : undefined,
    lastFailure: undefined,
  }
  if (evidence.unresolvedLevel !== undefined && reached < resolvingLevel(evidence.unresolvedLevel, thresholds)) {
    return { ...seen, roundsSinceFailure: evidence.roundsSinceFailure + 1 }
  }
  const higher = outcome.result === 'Passed' && observation.level >= (evidence.success?.level ?? 0)
  return {
    ...seen,
    success: higher ? observation : evidence.success,
    unresolvedLevel: undefined,
    failuresInRow: 0,
    refusalsInRow: 0,
    transientsInRow: 0,
    successesInRow: evidence.successesInRow + 1,
    provenLevel: highest(evidence.provenLevel, reached),
    roundsSinceFailure: 0,
  }
}

/** Where token and event cannot be tested, what failed there is given up. */
function resolvingLevel(unresolved: LadderLevel, { proofLevel }: ReachabilityThresholds): LadderLevel {
  return proofLevel < 2 && unresolved > proofLevel ? proofLevel : unresolved
}

function afterFailure(
  { state, notBefore, outageStartTime }: Reachability,
  outcome: RoundOutcome,
  evidence: Evidence,
  thresholds: ReachabilityThresholds,
  now: number,
): TargetState {
  if (evidence.refusalsInRow >= refusalThreshold) return 'Rejecting'
  if (evidence.transientsInRow >= thresholds.failureThreshold) return 'Unreachable'
  if (isOutage(state) || outcome.result === 'Refused') return state
  const failingFor = now - (outageStartTime ?? now)
  if (notBefore !== undefined && failingFor >= patienceMilliseconds) return 'Unreachable'
  const often = countBits(evidence.failures) >= historyFailures
  return often || evidence.failuresInRow >= thresholds.failureThreshold ? 'Unreachable' : state
}

function afterSuccess(state: TargetState, evidence: Evidence, thresholds: ReachabilityThresholds): TargetState {
  if (evidence.unresolvedLevel !== undefined) return state
  const proven = evidence.provenLevel >= thresholds.proofLevel
  if (isOutage(state) && !(proven && evidence.successesInRow >= thresholds.successThreshold)) return state
  return evidence.warning !== undefined || evidence.slow ? 'Degraded' : 'Reachable'
}

/** Decides which failure the reason speaks of. */
function adoptFailure(previous: Reachability, evidence: Evidence, outcome: RoundOutcome, state: TargetState): Evidence {
  if (outcome.result === 'Passed' || outcome.result === 'Warned') return evidence
  const { observation } = outcome
  const { failure, lastFailure } = evidence
  const higher = failure === undefined || observation.level > failure.level
  const repeated = lastFailure?.reason === observation.reason
  // Rejecting is told by what refuses, not by a reset in between.
  const fits = state !== 'Rejecting' || outcome.result === 'Refused'
  const adopted = state !== previous.state || (fits && (higher || repeated))
  return {
    ...evidence,
    lastFailure: observation,
    failure: adopted ? observation : failure,
    // What was proved before the outage need not be so after it; a blip takes nothing back.
    success: isOutage(state) ? undefined : evidence.success,
  }
}

function shown(
  previous: Reachability,
  evidence: Evidence,
  state: TargetState,
  flapping: boolean,
): Pick<Reachability, 'reason' | 'message'> {
  const observation = isOutage(state)
    ? evidence.failure
    : state === 'Degraded'
      ? (evidence.warning ?? (evidence.slow ? slowness : undefined))
      : evidence.success
  const { reason, message } = observation === undefined || state === 'Unknown' ? previous : observation
  const plain = message.replace(flappingNote, '')
  return { reason, message: flapping && state !== 'Reachable' ? plain + flappingNote : plain }
}

const slowness: Observation = {
  reason: 'SlowResponses',
  message: "The target accepts events, but so slowly that the S3 cluster's sender may give up on it: look at its load.",
  level: 1,
}

function standing(warning: Observation | undefined, reached: LadderLevel): Observation | undefined {
  return warning !== undefined && reached < warning.level ? warning : undefined
}

function highest(a: LadderLevel | undefined, b: LadderLevel): LadderLevel {
  return a !== undefined && a > b ? a : b
}

function firstOf(round: readonly Verdict[], pick: (verdict: Verdict) => number | undefined): number | undefined {
  return round.map(pick).find((value) => value !== undefined)
}

function after(now: number, milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : now + milliseconds
}
