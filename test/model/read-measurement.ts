import type { BufferStatus } from '../../src/api/s3-audit-webhook-status.ts'
import type { DeliverySample } from '../../src/buffer/delivery-judgement.ts'
import { judgeMeasuredBuffer } from '../../src/buffer/measured-buffer.ts'
import { withSample } from '../../src/buffer/sample-history.ts'
import { probe } from './probing.ts'
import type { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import { startSimulation } from './simulate.ts'

/** What was told of a cluster that reports its queues. */
export interface Measurement {
  /** By how many points each told percentage was off the fullest node, or the one that fills first. */
  readonly errors: readonly number[]
  /** By what share of the whole time it took to fill each prediction was off, from a quarter full on; empty when it never filled. */
  readonly predictionErrors: readonly number[]
  /** The queue filled in the first outage, and AtRisk was told before. */
  readonly filled: boolean
  readonly warned: boolean
  /** At the end the buffer is said to be empty. */
  readonly emptied: boolean
}

const epoch = Date.UTC(2026, 0, 1)
/** For how long a server gives the same figures. */
const cachedSeconds = 10

/** Lets the measured judgement follow the first outage of a scenario, with one look in a probe period, until all has drained. */
export function readMeasurement(scenario: Scenario, random: Random): Measurement {
  const [first] = scenario.outages
  if (first === undefined) throw new Error('A scenario without an outage')
  const [known] = probe([first], scenario.probePeriodSeconds, random)
  if (known === undefined) throw new Error('An outage that no test sees')
  const alone = { ...scenario, outages: [first] }
  const simulation = startSimulation(alone, random)
  const errors: number[] = []
  const predictions: { readonly time: number; readonly told: number }[] = []
  let samples: readonly DeliverySample[] = []
  let status: BufferStatus | undefined
  let warned = false
  let cached: { readonly time: number; readonly queues: readonly number[] } | undefined
  /** A sender that tries goes on to count, so that figures given once more can be told from new ones. */
  let failedAttempts = 0

  const last = first.end + (first.end - first.start) + 10 * scenario.probePeriodSeconds
  for (let time = first.start - 5 * scenario.probePeriodSeconds; time < last;) {
    const queues: readonly number[] =
      cached !== undefined && time - cached.time < cachedSeconds
        ? cached.queues
        : simulation.at(time).map(({ queued }) => queued)
    if (queues !== cached?.queues) {
      cached = { time, queues }
      failedAttempts++
    }
    samples = withSample(samples, sampleOf(time, queues, { capacityEvents: scenario.capacity, failedAttempts }))
    const outage = time >= known.told && time < known.over
    const judged = judgeMeasuredBuffer({
      samples,
      previous: status,
      outage,
      outageStartTime: outage ? timeText(known.firstFailure) : undefined,
      atRiskSeconds: scenario.atRiskSeconds,
    })
    if (judged === undefined) throw new Error('A judgement of nothing')
    status = JSON.parse(JSON.stringify(judged.status)) as BufferStatus
    const { state, percentFull = 0, fullTime } = status
    const shares = queues.map((queued) => (queued / scenario.capacity) * 100)
    errors.push(Math.min(...shares.map((share) => Math.abs(share - percentFull))))
    if (state === 'AtRisk') warned = true
    if (outage && fullTime !== undefined && Math.max(...shares) >= 25) {
      predictions.push({ time, told: (Date.parse(fullTime) - epoch) / 1000 })
    }
    if (time > first.end && queues.every((queued) => queued === 0) && state === 'Empty') break
    time += scenario.probePeriodSeconds * random.between(0.9, 1.1)
  }
  const drops = simulation.firstDrops.filter((drop) => drop !== undefined)
  const full = Math.min(...drops)
  const filled = full < first.end
  return {
    errors,
    predictionErrors: filled
      ? predictions.filter(({ time }) => time < full).map(({ told }) => Math.abs(told - full) / (full - first.start))
      : [],
    filled,
    warned,
    emptied: status?.state === 'Empty',
  }
}

function sampleOf(
  time: number,
  queues: readonly number[],
  counters: { readonly capacityEvents: number; readonly failedAttempts: number },
): DeliverySample {
  const node = { online: true, handledMessages: 0, ...counters }
  return {
    time: epoch + time * 1000,
    nodes: queues.map((queuedEvents, index) => ({ ...node, node: `n${index}`, queuedEvents })),
  }
}

function timeText(seconds: number): string {
  return `${new Date(epoch + seconds * 1000).toISOString().slice(0, 19)}Z`
}
