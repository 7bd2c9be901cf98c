/** The value that `share` (0 to 1) of the values do not exceed: nearest rank. @throws RangeError without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('There is no quantile of no values')
  return value
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}
