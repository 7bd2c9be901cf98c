import type { TargetReason } from '../api/reasons.ts'
import type { LadderLevel, Verdict, VerdictClass } from './verdict.ts'

/** What one climb of the ladder comes to. */
export interface RoundOutcome {
  readonly result: 'Passed' | 'Warned' | 'Down' | 'Refused'
  /** What decides: the failure if there is one, else the first warning, else the highest success. */
  readonly observation: Observation
  /** The highest level that was run; where the round passed, all up to it passed. */
  readonly reached: LadderLevel
  /** Of the slowest request. Undefined when there was none. */
  readonly durationMilliseconds: number | undefined
}

/** One thing seen, with the level it was seen at. */
export interface Observation {
  readonly reason: TargetReason
  readonly message: string
  readonly level: LadderLevel
}

/** Undefined when nothing was tested. */
export function roundOutcome(verdicts: readonly Verdict[]): RoundOutcome | undefined {
  const last = verdicts.at(-1)
  if (last === undefined) return undefined
  const decisive = verdicts.find((verdict) => verdict.class !== 'ok') ?? last
  const failure = resultOf(last.class)
  const { reason, message, level } = failure === 'Down' || failure === 'Refused' ? last : decisive
  const durations = verdicts.filter((verdict) => verdict.level > 0).map((verdict) => verdict.durationMilliseconds)
  return {
    result: failure === 'Passed' ? resultOf(decisive.class) : failure,
    observation: { reason, message, level },
    reached: last.level,
    durationMilliseconds: durations.length === 0 ? undefined : Math.max(...durations),
  }
}

function resultOf(verdictClass: VerdictClass): RoundOutcome['result'] {
  if (verdictClass === 'ok') return 'Passed'
  if (verdictClass === 'warning') return 'Warned'
  return verdictClass === 'transient' ? 'Down' : 'Refused'
}
