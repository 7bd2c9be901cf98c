/** A minute with more than all but this share of them counts as these do: a peak is not what is usual. */
const peakShare = 0.01

/**
 * What comes to one server in a minute on average, peaks cut off: the mean, because what waits after an outage is a sum.
 * @param counts of the whole cluster, in each minute
 * @param servers that share the calls evenly, 1 or more
 * @returns a whole number; undefined when there was no call at all, for an idle cluster has no usual rate.
 */
export function usualRate(counts: readonly number[], servers: number): number | undefined {
  const highestFirst = counts.toSorted((a, b) => b - a)
  const highest = highestFirst[Math.ceil(counts.length * peakShare)] ?? 0
  const sum = counts.reduce((total, count) => total + Math.min(count, highest), 0)
  return sum === 0 ? undefined : Math.max(Math.round(sum / counts.length / servers), 1)
}
