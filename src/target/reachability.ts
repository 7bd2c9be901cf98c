import type { TargetReason } from '../api/reasons.ts'
import type { TargetState } from '../api/s3-audit-webhook-status.ts'
import type { BitWindow } from './bit-window.ts'
import { type LatencyWindow, noLatencies } from './latency-window.ts'
import type { Observation } from './round.ts'
import type { LadderLevel } from './verdict.ts'

/** The debounced judgement over rounds of tests. Times are milliseconds since the epoch. */
export interface Reachability {
  readonly state: TargetState
  readonly reason: TargetReason
  readonly message: string
  /** When `state` last changed. */
  readonly lastTransitionTime: number
  /** The last passed round; in an outage, the last one before it. */
  readonly lastSuccessTime: number | undefined
  /** The first failure since then: known before the state follows, forgotten when the outage is over or was none. */
  readonly outageStartTime: number | undefined
  /** When an outage last ended. */
  readonly lastRecoveryTime: number | undefined
  readonly certificateNotAfter: number | undefined
  /** The target asked not to be tested sooner. */
  readonly notBefore: number | undefined
  /** The latest changes of `state`, oldest first. */
  readonly changes: readonly number[]
  /** When the setting that is tested last changed; undefined: not in this process. */
  readonly settingTime: number | undefined
  readonly evidence: Evidence
}

/** What the next round is judged against. */
export interface Evidence {
  /** The highest success since the last outage. */
  readonly success: Observation | undefined
  /** The last warning that no round of its level has passed without. */
  readonly warning: Observation | undefined
  /** The failure that the state speaks of, and the one of the last round if that failed, which may take its place. */
  readonly failure: Observation | undefined
  readonly lastFailure: Observation | undefined
  /** The highest level that failed and has not passed since. */
  readonly unresolvedLevel: LadderLevel | undefined
  readonly failuresInRow: number
  readonly refusalsInRow: number
  readonly transientsInRow: number
  /** Passed rounds since the last failure, and the highest level among them. */
  readonly successesInRow: number
  readonly provenLevel: LadderLevel
  /** The first round since the last failure; and the first since the last failure or warning. */
  readonly passingSince: number | undefined
  readonly cleanSince: number | undefined
  /** Rounds since the first failure, that one included; 0 when there is none to make good. */
  readonly roundsSinceFailure: number
  /** The latest rounds: which of them failed. */
  readonly failures: BitWindow
  readonly latencies: LatencyWindow
  readonly slow: boolean
}

/** Nothing seen yet. */
export const noEvidence: Evidence = {
  success: undefined,
  warning: undefined,
  failure: undefined,
  lastFailure: undefined,
  unresolvedLevel: undefined,
  failuresInRow: 0,
  refusalsInRow: 0,
  transientsInRow: 0,
  successesInRow: 0,
  provenLevel: 0,
  passingSince: undefined,
  cleanSince: undefined,
  roundsSinceFailure: 0,
  failures: 0,
  latencies: noLatencies,
  slow: false,
}

/** One for all of those whose state never changed. */
const noChanges: readonly number[] = []

/** Before the first test. */
export function unknownReachability(now: number): Reachability {
  return {
    state: 'Unknown',
    reason: 'NotTested',
    message: 'The target has not been tested yet.',
    lastTransitionTime: now,
    lastSuccessTime: undefined,
    outageStartTime: undefined,
    lastRecoveryTime: undefined,
    certificateNotAfter: undefined,
    notBefore: undefined,
    changes: noChanges,
    settingTime: undefined,
    evidence: noEvidence,
  }
}

/**
 * The judgement when another setting is to be tested from now on. The state stays until that one is proved, but what was counted
 * of the old one counts no more: neither its failures, nor its changes, nor the patience it asked for.
 */
export function withNewSetting(previous: Reachability, now: number): Reachability {
  const { success, warning, failure, unresolvedLevel } = previous.evidence
  return {
    ...previous,
    notBefore: undefined,
    changes: noChanges,
    settingTime: now,
    evidence: { ...noEvidence, success, warning, failure, unresolvedLevel },
  }
}

/** Whether events cannot get into the target in this state. */
export function isOutage(state: TargetState): boolean {
  return state === 'Unreachable' || state === 'Rejecting'
}

/** Whether the target said in the last round that it has enough to do: no test event is sent in the next one. */
export function isThrottled({ evidence }: Reachability): boolean {
  return evidence.lastFailure !== undefined && throttling.includes(evidence.lastFailure.reason)
}

const throttling: readonly TargetReason[] = ['Throttled', 'ServerBusy', 'QueuesFull']
