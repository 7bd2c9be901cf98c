import { type Clock, systemClock } from '../../src/kube/clock.ts'

/** The machine's time at a pace that the test sets: an outage of minutes passes in seconds, and recovery has real time. */
export interface PacedClock extends Clock {
  /** From now on time passes `factor` times as fast as the machine's; that holds for timers which are set already too. */
  pace(factor: number): void
  /** Timers set and neither fired nor disposed: a leak check. */
  pending(): number
}

interface Timer {
  readonly due: number
  readonly callback: () => void
  handle: Disposable
}

/** Starts at the machine's own pace and at the machine's wall time; monotonic time starts at 0. */
export function createPacedClock(): PacedClock {
  const wallStart = systemClock.now()
  const timers = new Set<Timer>()
  let factor = 1
  /** Where the present pace began, by the machine's time and by ours. */
  let since = systemClock.monotonic()
  let before = 0

  const monotonic = (): number => before + (systemClock.monotonic() - since) * factor
  const arm = (due: number, fire: () => void): Disposable => systemClock.timer((due - monotonic()) / factor, fire)
  const fire = (timer: Timer): void => {
    timers.delete(timer)
    timer.callback()
  }

  return {
    now: () => Math.floor(wallStart + monotonic()),
    monotonic,
    timer(milliseconds, callback) {
      const due = monotonic() + milliseconds
      const timer: Timer = { due, callback, handle: arm(due, () => fire(timer)) }
      timers.add(timer)
      return {
        [Symbol.dispose]() {
          timer.handle[Symbol.dispose]()
          timers.delete(timer)
        },
      }
    },
    pace(next) {
      before = monotonic()
      since = systemClock.monotonic()
      factor = next
      for (const timer of timers) {
        timer.handle[Symbol.dispose]()
        timer.handle = arm(timer.due, () => fire(timer))
      }
    },
    pending: () => timers.size,
  }
}
