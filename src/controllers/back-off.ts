const baseMilliseconds = 5_000
const limitMilliseconds = 300_000

/**
 * The delay before the next try after `failures` (>= 1) in a row: 5 s doubling to 5 min, less up to a quarter at random so that
 * many resources do not come back together.
 */
export function backOff(failures: number, random: () => number): number {
  const delay = Math.min(baseMilliseconds * 2 ** (failures - 1), limitMilliseconds)
  return delay * (1 - random() / 4)
}
