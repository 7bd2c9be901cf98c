/** The latest durations of passed tests, oldest first, milliseconds. */
export type LatencyWindow = readonly number[]

const longest = 20
/** Fewer say nothing about a 95th percentile. */
const enough = 10
/** A window that was slow stays so until it is clearly not, lest the state flap. */
const recovered = 0.8

export function addDuration(window: LatencyWindow, milliseconds: number): LatencyWindow {
  return [...window, milliseconds].slice(-longest)
}

/** Whether the 95th percentile is over the limit. */
export function isSlow(window: LatencyWindow, limitMilliseconds: number, wasSlow: boolean): boolean {
  if (window.length < enough) return false
  const sorted = [...window].sort((a, b) => a - b)
  const percentile = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0
  return percentile > (wasSlow ? limitMilliseconds * recovered : limitMilliseconds)
}
