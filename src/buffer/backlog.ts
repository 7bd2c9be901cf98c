/** Events that wait, between two bounds. */
export interface Backlog {
  readonly lower: number
  readonly expected: number
  readonly upper: number
}

export const emptyBacklog: Backlog = { lower: 0, expected: 0, upper: 0 }

/** What the rate of an outage can be, as a multiple of the usual one: nights, busy hours, and a usual rate that is a guess. */
const rateBounds: Backlog = { lower: 0.4, expected: 1, upper: 2 }
/** On top of that a burst can come at any time: minutes of the usual rate. */
export const burstMinutes = 15
/** What a sender takes away beyond what arrives, as a multiple of the usual rate; it may as well be done at once. */
const drainBounds: Omit<Backlog, 'lower'> = { expected: 1, upper: 0.5 }

/**
 * What waits when nothing has left for a while. Not limited by any capacity: what exceeds it is lost.
 * @param usualRate events per second
 */
export function filled(before: Backlog, usualRate: number, seconds: number): Backlog {
  const arrived = usualRate * seconds
  return {
    lower: before.lower + arrived * rateBounds.lower,
    expected: before.expected + arrived * rateBounds.expected,
    upper: before.upper + arrived * rateBounds.upper,
  }
}

/** What still waits when events have been leaving for a while. @param usualRate events per second */
export function drained(before: Backlog, usualRate: number, seconds: number): Backlog {
  const left = usualRate * seconds
  return {
    lower: 0,
    expected: Math.max(before.expected - left * drainBounds.expected, 0),
    upper: Math.max(before.upper - left * drainBounds.upper, 0),
  }
}

/** No more waits than fits. */
export function limited({ lower, expected, upper }: Backlog, capacity: number): Backlog {
  return {
    lower: Math.min(lower, capacity),
    expected: Math.min(expected, capacity),
    upper: Math.min(upper, capacity),
  }
}
