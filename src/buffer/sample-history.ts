import type { DeliverySample } from './delivery-judgement.ts'
import { recentSamples } from './node-level.ts'

/** Enough for the trend of an outage of any length. */
export const maximumSamples = 24

/**
 * The samples with one more. While events wait they reach back to before that, the older ones further and further apart; while
 * none do, the last ones are enough.
 */
export function withSample(samples: readonly DeliverySample[], sample: DeliverySample): readonly DeliverySample[] {
  const all = [...samples, sample]
  if (sample.nodes.every(({ queuedEvents }) => queuedEvents === 0)) return all.slice(-recentSamples)
  if (all.length <= maximumSamples) return all
  const older = all.length - recentSamples
  return all.filter((_, index) => index >= older || index % 2 === 0)
}
