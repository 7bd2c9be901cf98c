import type { Random } from './random.ts'
import type { Outage } from './sender.ts'
import type { TrafficKind } from './traffic.ts'

/** What a sender does with an event whose send failed. */
export type SenderKind = 'Retries' | 'GivesUpAfterTimeout' | 'GivesUpAtOnce'

/** A cluster, its traffic, and what befalls its target. Times are seconds since its beginning. */
export interface Scenario {
  readonly sender: SenderKind
  readonly traffic: TrafficKind
  readonly capacity: number
  /** Mean events per second of each node, the busiest first. */
  readonly rates: readonly number[]
  readonly roundTripSeconds: number
  readonly failureSeconds: number
  readonly retrySeconds: number | undefined
  readonly maximumWorkers: number
  readonly outages: readonly Outage[]
  /** What is taken for the usual rate of the busiest node. */
  readonly eventsPerMinute: number
  readonly probePeriodSeconds: number
  readonly atRiskSeconds: number
}

/** How long an outage the buffer survives at the usual rate. */
const hold = { shortest: 600, longest: 12 * 3600 } as const
const capacities = { least: 200, most: 8000 } as const
/** Less than that is nothing to watch. */
const leastPerSecond = 1 / 6
/** How much more a sender with one worker can take than what comes at the mean rate. */
const headroom = 4
/** How far what is taken for the usual rate is from it: a user's idea, or statistics that are told anew once they moved by a fifth. */
const guess = { lowest: 0.8, highest: 1.25 } as const
const quietBefore = 600
/** Three tests see it. */
const shortestOutage = 60

/** An outage as chance has it, sometimes with another one soon after it. */
export function drawScenario(random: Random, sender: SenderKind): Scenario {
  const holdSeconds = random.logBetween(hold.shortest, hold.longest)
  const capacity = Math.round(
    random.logBetween(Math.max(capacities.least, holdSeconds * leastPerSecond), capacities.most),
  )
  const rate = capacity / holdSeconds
  const start = quietBefore + random.between(0, 60)
  const end = start + Math.max(holdSeconds * random.logBetween(0.1, 3), shortestOutage)
  const again = end + holdSeconds * random.between(0.01, 0.5)
  const second: readonly Outage[] =
    random.next() < 0.2 ? [{ start: again, end: again + holdSeconds * random.logBetween(0.05, 0.5) }] : []
  return {
    sender,
    traffic: random.next() < 0.25 ? 'Steady' : 'Uneven',
    capacity,
    rates: [rate, ...Array.from({ length: random.oneOf(0, 1, 2) }, () => rate * random.between(0.3, 1))],
    roundTripSeconds: Math.min(random.logBetween(0.005, 0.2), 1 / (headroom * rate)),
    failureSeconds: sender === 'GivesUpAtOnce' ? 0.01 : sender === 'GivesUpAfterTimeout' ? 5 : random.oneOf(0.01, 5),
    retrySeconds: sender === 'Retries' ? 3 : undefined,
    maximumWorkers: sender === 'Retries' ? 16 : 1,
    outages: [{ start, end }, ...second],
    eventsPerMinute: Math.round(rate * 60 * random.between(guess.lowest, guess.highest)),
    probePeriodSeconds: 30,
    atRiskSeconds: holdSeconds * random.between(0.1, 0.5),
  }
}
