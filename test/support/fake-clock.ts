import type { Clock } from '../../src/kube/clock.ts'

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /**
   * Moves time on, firing due timers in the order of their times and letting promises settle after each.
   * Timers set by what fires are fired too when they fall into the same stretch.
   */
  advance(milliseconds: number): Promise<void>
  /** Timers set and neither fired nor disposed: a leak check. */
  pending(): number
}

/** Wall time starts at `start` (milliseconds since the epoch), monotonic time at 0. */
export function createFakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsed = 0
  const timers = new Set<{ due: number; callback: () => void }>()
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    timer(milliseconds, callback) {
      const timer = { due: elapsed + Math.max(milliseconds, 0), callback }
      timers.add(timer)
      return { [Symbol.dispose]: () => void timers.delete(timer) }
    },
    async advance(milliseconds) {
      const end = elapsed + milliseconds
      await settle()
      for (;;) {
        const next = [...timers].filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due)[0]
        if (next === undefined) break
        timers.delete(next)
        elapsed = Math.max(elapsed, next.due)
        next.callback()
        await settle()
      }
      elapsed = end
      await settle()
    },
    pending: () => timers.size,
  }
}

/** Lets every promise that is ready, and what follows from it, run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
