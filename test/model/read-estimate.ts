import type { BufferStatus } from '../../src/api/s3-audit-webhook-status.ts'
import { judgeEstimatedBuffer } from '../../src/buffer/estimated-buffer.ts'
import { probe } from './probing.ts'
import type { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import { startSimulation, type NodeTruth } from './simulate.ts'

/** What was told of the busiest node at one moment, and what was true; percent of its capacity. */
export interface EstimateReading {
  readonly lower: number
  readonly upper: number
  readonly truth: number
}

const epoch = Date.UTC(2026, 0, 1)

/**
 * Lets the estimate follow a scenario and reads it right after and right before each of its steps, when it is oldest, from when an
 * outage is told until the buffer is said to be empty. In an outage what a sender that gives up threw away counts as waiting: the
 * estimate is of events that have not arrived. Not read is what is told while the target is back and the tests have not seen it
 * yet, half a minute at most.
 */
export function readEstimate(scenario: Scenario, random: Random): readonly EstimateReading[] {
  const outages = probe(scenario.outages, scenario.probePeriodSeconds, random)
  const simulation = startSimulation({ ...scenario, rates: scenario.rates.slice(0, 1) }, random)
  const readings: EstimateReading[] = []
  let status: BufferStatus | undefined

  for (const [index, { told, over, firstFailure, lastSuccess }] of outages.entries()) {
    const horizon = outages[index + 1]?.told ?? Number.POSITIVE_INFINITY
    let givenUpBefore: number | undefined
    const read = (time: number, isOutage: boolean): void => {
      if (isOutage && !scenario.outages.some(({ start, end }) => time >= start && time < end)) return
      const [node] = simulation.at(time)
      if (node === undefined || status === undefined) throw new Error('Nothing to read')
      givenUpBefore ??= node.givenUp
      readings.push(readingOf(status, truthOf(node, isOutage ? givenUpBefore : node.givenUp, scenario.capacity)))
    }
    const [before] = simulation.at(firstFailure)
    givenUpBefore = before?.givenUp ?? 0
    for (let time = told; time < horizon;) {
      const isOutage = time < over
      const judgement = judgeEstimatedBuffer({
        now: epoch + time * 1000,
        capacity: { events: scenario.capacity, basis: 'Specified' },
        eventsPerMinute: scenario.eventsPerMinute,
        rateBasis: 'Specified',
        previous: status,
        outageStartTime: isOutage ? timeText(firstFailure) : undefined,
        lastSuccessTime: isOutage ? timeText(lastSuccess) : undefined,
        atRiskSeconds: scenario.atRiskSeconds,
      })
      // As the status is stored: whatever is not in it is forgotten.
      status = JSON.parse(JSON.stringify(judgement.status)) as BufferStatus
      read(time, isOutage)
      if (judgement.lookAgainMilliseconds === undefined) break
      const later = time + judgement.lookAgainMilliseconds / 1000
      time = Math.min(later, isOutage ? over : horizon)
      if (time < horizon) read(time, isOutage)
    }
  }
  return readings
}

function truthOf({ queued, givenUp }: NodeTruth, givenUpBefore: number, capacity: number): number {
  return Math.min(((queued + givenUp - givenUpBefore) / capacity) * 100, 100)
}

function readingOf({ percentFull, percentLower, percentUpper }: BufferStatus, truth: number): EstimateReading {
  return { lower: percentLower ?? percentFull ?? 0, upper: percentUpper ?? percentFull ?? 0, truth }
}

function timeText(seconds: number): string {
  return `${new Date(epoch + seconds * 1000).toISOString().slice(0, 19)}Z`
}
