import type { FakeClock } from './fake-clock.ts'

/**
 * Waits for work that needs both real I/O and fake time: lets I/O happen, then moves the clock on by `step` while it has timers.
 * Gives up waiting after five real seconds, and the caller's own assertion or time-out then tells.
 */
export async function passTime<T>(clock: FakeClock, work: Promise<T>, step = 50): Promise<T> {
  const state = { done: false }
  const watched = work.finally(() => (state.done = true))
  watched.catch(() => undefined)
  const deadline = Date.now() + 5000
  while (!state.done && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    if (clock.pending() > 0) await clock.advance(step)
  }
  return watched
}
