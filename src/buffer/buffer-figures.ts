/** Percent in steps of 5 that stay until the exact value has clearly left them; 0 only when empty, 100 only when full. */
export function coarsePercent(exact: number, previous: number | undefined, edge: 'Empty' | 'Full' | undefined): number {
  if (edge === 'Empty') return 0
  if (edge === 'Full') return 100
  const inside = previous !== undefined && previous > 0 && previous < 100
  if (inside && Math.abs(exact - previous) < 4) return previous
  return Math.min(Math.max(Math.round(exact / 5) * 5, 5), 95)
}

/**
 * The previous figure until the exact one has moved by more than a share of it, and by more than `slack`: small figures always jump.
 * @param share half of it unless more depends on the figure
 */
export function coarseFigure(exact: number, previous: number | undefined, slack = 0, share = 0.5): number {
  const rounded = Math.round(exact)
  if (previous === undefined) return rounded
  return Math.abs(rounded - previous) > Math.max(previous * share, slack) ? rounded : previous
}

/** A prediction further away is none. */
export const longestPredictionSeconds: number = 366 * 24 * 3600

/** The previous prediction until the exact one differs by more than a tenth of the time left. All milliseconds since the epoch. */
export function coarseFullTime(exact: number, previous: number | undefined, now: number): number {
  if (previous === undefined || previous <= now) return exact
  return Math.abs(exact - previous) > (exact - now) / 10 ? exact : previous
}
