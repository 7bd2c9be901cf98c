import type { BufferStatus, EstimatedBacklog, FigureBasis } from '../api/s3-audit-webhook-status.ts'
import { burstMinutes, drained, emptyBacklog, filled, limited, type Backlog } from './backlog.ts'
import { coarseFigure, coarsePercent, longestPredictionSeconds } from './buffer-figures.ts'
import type { BufferJudgement } from './buffer-judgement.ts'
import { estimateMessage } from './estimate-message.ts'

export interface EstimateInput {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Events that fit into the buffer of one node. */
  readonly capacity: { readonly events: number; readonly basis: FigureBasis }
  /** The usual rate at the busiest node. */
  readonly eventsPerMinute: number
  readonly rateBasis: FigureBasis
  readonly previous: BufferStatus | undefined
  /** RFC 3339; since when tests of the target fail. Undefined while it takes events. */
  readonly outageStartTime: string | undefined
  /** RFC 3339; the last test before the outage that passed: it may have begun right after. */
  readonly lastSuccessTime: string | undefined
  readonly atRiskSeconds: number
}

type EstimatedState = 'Empty' | 'Filling' | 'AtRisk' | 'Full' | 'Draining'

/** The phase that goes on, what waited at its beginning, and what would wait now if there were room for all. */
interface Phase {
  readonly start: EstimatedBacklog
  readonly now: Backlog
}

const dangerShare = 0.6
const shortestLookMilliseconds = 15_000
const longestLookMilliseconds = 5 * 60_000
/** Of the capacity: by what is told a step. */
const stepShare = 0.05

/**
 * The buffer of a cluster that tells nothing of it, computed from the length of the outage, the usual rate and the capacity. Pure:
 * all that it needs of the past is in the previous status. Bounds say how far off it can be; the states, as the time to full, are
 * those of the expected figure. A sender that keeps nothing loses what this counts as waiting: the message says so.
 */
export function judgeEstimatedBuffer(input: EstimateInput): BufferJudgement {
  const { capacity, eventsPerMinute, rateBasis, previous, outageStartTime } = input
  const phase = outageStartTime === undefined ? recovery(input) : outage(input, outageStartTime)
  const waiting = limited(phase?.now ?? emptyBacklog, capacity.events)
  const state = stateOf(phase, waiting, input)
  const edge = state === 'Empty' || state === 'Full' ? state : undefined
  const percent = (events: number): number => (events / capacity.events) * 100
  const percentFull = coarsePercent(percent(waiting.expected), previous?.percentFull, edge)
  const fullTime = fullTimeOf(state, phase, input)
  const eventsLost = lossOf(state, phase, input)
  const lookAgainMilliseconds = lookAgain(state, input)
  return {
    reason: state,
    message: estimateMessage(state),
    ...(lookAgainMilliseconds === undefined ? {} : { lookAgainMilliseconds }),
    status: {
      state,
      basis: 'Estimated',
      summary: `~${percentFull}%`,
      percentFull,
      ...(state === 'Empty' ? {} : boundsOf(percent(waiting.lower), percent(waiting.upper))),
      capacityEvents: capacity.events,
      capacityBasis: capacity.basis,
      eventsPerMinute,
      rateBasis,
      holdSeconds: Math.round((capacity.events / eventsPerMinute) * 60),
      ...(fullTime === undefined ? {} : { fullTime }),
      ...(outageStartTime === undefined ? {} : { outageStartTime }),
      ...(phase === undefined || state === 'Empty' ? {} : { backlog: phase.start }),
      ...(eventsLost === undefined ? {} : { eventsLost }),
    },
  }
}

/** An outage that goes on counts from its beginning; another one begins with what is left of the one before. */
function outage(input: EstimateInput, outageStartTime: string): Phase {
  const { previous, now } = input
  const usualRate = input.eventsPerMinute / 60
  if (previous?.outageStartTime !== undefined && previous.backlog !== undefined) {
    const start = previous.backlog
    return { start, now: filled(backlogOf(start), usualRate, secondsBetween(Date.parse(start.time), now)) }
  }
  const began = Date.parse(outageStartTime)
  const left = limited(recovery({ ...input, now: began })?.now ?? emptyBacklog, input.capacity.events)
  const unseen = secondsBetween(Date.parse(input.lastSuccessTime ?? outageStartTime), began)
  const missed = filled(emptyBacklog, usualRate, unseen)
  const waiting = {
    lower: left.lower,
    expected: left.expected + missed.expected / 2,
    upper: left.upper + missed.upper + usualRate * 60 * burstMinutes,
  }
  const start = rounded(waiting, outageStartTime)
  return { start, now: filled(backlogOf(start), usualRate, secondsBetween(began, now)) }
}

/** Undefined when nothing can be left of an outage. */
function recovery({ previous, now, eventsPerMinute, capacity }: EstimateInput): Phase | undefined {
  if (previous?.backlog === undefined) return undefined
  const usualRate = eventsPerMinute / 60
  const since = secondsBetween(Date.parse(previous.backlog.time), now)
  if (previous.outageStartTime === undefined) {
    const start = previous.backlog
    return { start, now: drained(backlogOf(start), usualRate, since) }
  }
  const waiting = limited(filled(backlogOf(previous.backlog), usualRate, since), capacity.events)
  // Events may have left since shortly after the last test that failed.
  const start = rounded({ ...waiting, lower: 0 }, timeText(now))
  return { start, now: backlogOf(start) }
}

function stateOf(
  phase: Phase | undefined,
  waiting: Backlog,
  { capacity, eventsPerMinute, outageStartTime, previous, atRiskSeconds }: EstimateInput,
): EstimatedState {
  // Less than an event is nothing.
  if (outageStartTime === undefined) return phase === undefined || waiting.upper < 1 ? 'Empty' : 'Draining'
  // What was full stays so while the outage lasts: a usual rate that is corrected brings no lost event back.
  if (waiting.expected >= capacity.events || previous?.state === 'Full') return 'Full'
  const secondsToFull = ((capacity.events - waiting.expected) / eventsPerMinute) * 60
  return secondsToFull < atRiskSeconds || waiting.expected > capacity.events * dangerShare ? 'AtRisk' : 'Filling'
}

/** Outwards to the next step, so that what is told holds what was computed. */
function boundsOf(lower: number, upper: number): Pick<BufferStatus, 'percentLower' | 'percentUpper'> {
  return { percentLower: Math.floor(lower / 5) * 5, percentUpper: Math.min(Math.ceil(upper / 5) * 5, 100) }
}

/** The same for as long as the outage lasts and the usual rate is not changed. */
function fullTimeOf(
  state: EstimatedState,
  phase: Phase | undefined,
  { capacity, eventsPerMinute, now }: EstimateInput,
): string | undefined {
  if (phase === undefined || (state !== 'Filling' && state !== 'AtRisk')) return undefined
  const seconds = ((capacity.events - phase.start.expectedEvents) / eventsPerMinute) * 60
  const time = Date.parse(phase.start.time) + seconds * 1000
  return time - now > longestPredictionSeconds * 1000 ? undefined : timeText(Math.floor(time / 60_000) * 60_000)
}

/** What found no room at the usual rate; stays until the backlog is gone. */
function lossOf(state: EstimatedState, phase: Phase | undefined, input: EstimateInput): number | undefined {
  const { previous, capacity, outageStartTime } = input
  const before = previous?.eventsLost
  if (state === 'Empty' || phase === undefined) return undefined
  if (outageStartTime === undefined) return before
  const exceeding = Math.max(phase.now.expected - capacity.events, 0)
  if (exceeding < 1) return before
  return Math.max(before ?? 0, coarseFigure(exceeding, before))
}

/** After as long as the figures can take to move by a step, for nothing else wakes up anybody then. */
function lookAgain(state: EstimatedState, { capacity, eventsPerMinute }: EstimateInput): number | undefined {
  if (state === 'Empty') return undefined
  const step = ((capacity.events * stepShare) / eventsPerMinute) * 60_000
  return Math.min(Math.max(step / 2, shortestLookMilliseconds), longestLookMilliseconds)
}

function backlogOf({ lowerEvents, expectedEvents, upperEvents }: EstimatedBacklog): Backlog {
  return { lower: lowerEvents, expected: expectedEvents, upper: upperEvents }
}

function rounded({ lower, expected, upper }: Backlog, time: string): EstimatedBacklog {
  return {
    time,
    lowerEvents: Math.floor(lower),
    expectedEvents: Math.round(expected),
    upperEvents: Math.ceil(upper),
  }
}

/** Not negative, whatever the clocks say. */
function secondsBetween(from: number, to: number): number {
  return Math.max(to - from, 0) / 1000
}

function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
