import { createRandom } from './random.ts'
import { readEstimate } from './read-estimate.ts'
import { readMeasurement } from './read-measurement.ts'
import { drawScenario, type SenderKind } from './scenario.ts'
import type { TrafficKind } from './traffic.ts'

/** What became of the estimates of one kind of sender. Shares are of 1, points of 100. */
export interface EstimateResult {
  readonly outages: number
  readonly readings: number
  /** Readings with the truth within the bounds. */
  readonly inside: number
  /** Outages in which every reading was. */
  readonly alwaysInside: number
  /** By how many points the truth was above the upper bound, at worst, and below the lower one. */
  readonly worstAbove: number
  readonly worstBelow: number
  /** Points between the bounds, on average. */
  readonly meanWidth: number
}

/** What became of the measured figures with one kind of traffic. */
export interface MeasuredResult {
  readonly outages: number
  readonly readings: number
  readonly worstError: number
  readonly filled: number
  /** Of those that filled. */
  readonly warned: number
  readonly predictions: number
  /** Predictions that were off by at most this share of the time it took to fill, from a quarter full on. */
  readonly within15: number
  readonly worstPrediction: number
  readonly emptied: number
}

export interface ModelResult {
  readonly estimates: ReadonlyMap<SenderKind, EstimateResult>
  readonly all: EstimateResult
  readonly measured: ReadonlyMap<TrafficKind, MeasuredResult>
}

/** How many outages of each kind; a thousand in all. */
const plan: readonly (readonly [SenderKind, number])[] = [
  ['Retries', 500],
  ['GivesUpAfterTimeout', 250],
  ['GivesUpAtOnce', 250],
]

/** The same outages for the same seed. The measured figures are those of the outages whose senders try again, as MinIO's do. */
export function runModel(seed: number): ModelResult {
  const random = createRandom(seed)
  const runs = plan.flatMap(([sender, count]) =>
    Array.from({ length: count }, () => {
      const scenario = drawScenario(random, sender)
      const readings = readEstimate(scenario, random)
      const measurement = sender === 'Retries' ? readMeasurement(scenario, random) : undefined
      return { scenario, readings, measurement }
    }),
  )
  type Run = (typeof runs)[number]

  function estimateOf(some: readonly Run[]): EstimateResult {
    const readings = some.flatMap((run) => run.readings)
    const isInside = ({ lower, upper, truth }: (typeof readings)[number]): boolean => truth >= lower && truth <= upper
    return {
      outages: some.length,
      readings: readings.length,
      inside: readings.filter(isInside).length / readings.length,
      alwaysInside: some.filter((run) => run.readings.every(isInside)).length / some.length,
      worstAbove: largest(readings.map(({ truth, upper }) => truth - upper)),
      worstBelow: largest(readings.map(({ truth, lower }) => lower - truth)),
      meanWidth: readings.reduce((sum, { lower, upper }) => sum + upper - lower, 0) / readings.length,
    }
  }

  function measuredOf(traffic: TrafficKind): MeasuredResult {
    const some = runs.flatMap((run) =>
      run.scenario.traffic === traffic && run.measurement !== undefined ? [run.measurement] : [],
    )
    const filled = some.filter((run) => run.filled)
    const predictions = filled.flatMap((run) => run.predictionErrors)
    return {
      outages: some.length,
      readings: some.reduce((sum, { errors }) => sum + errors.length, 0),
      worstError: largest(some.map(({ errors }) => largest(errors))),
      filled: filled.length,
      warned: filled.filter((run) => run.warned).length / filled.length,
      predictions: predictions.length,
      within15: predictions.filter((error) => error <= 0.15).length / predictions.length,
      worstPrediction: largest(predictions),
      emptied: some.filter((run) => run.emptied).length / some.length,
    }
  }

  return {
    estimates: new Map(plan.map(([kind]) => [kind, estimateOf(runs.filter((run) => run.scenario.sender === kind))])),
    all: estimateOf(runs),
    measured: new Map((['Steady', 'Uneven'] as const).map((traffic) => [traffic, measuredOf(traffic)])),
  }
}

/** Not below zero. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
