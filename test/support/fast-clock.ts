import { performance } from 'node:perf_hooks'

import { systemClock, type Clock } from '../../src/kube/clock.ts'

/** An answer that costs half a second of work has taken three. */
const defaultAtWork = 6

/** Milliseconds of the machine: the longest that a minute of a clock lasts which is that fast or faster, in a process that only works. */
export const busyMinute: number = 60_000 / defaultAtWork

/**
 * The machine's time, `factor` times as fast while this process waits: drift checks, probe periods and back-offs of minutes pass in
 * seconds, and in the order they would. While it works, at most `atWork` times as fast. For time-outs are made of this time too, and
 * operator and simulators are one process: what their work takes on a slow or busy machine must not look like a cluster or a target
 * that does not answer. What other processes take, the API server and MinIO, counts in full.
 * @param options `atWork` @default 6
 */
export function createFastClock(factor: number, { atWork = defaultAtWork }: { readonly atWork?: number } = {}): Clock {
  const wallStart = systemClock.now()
  const start = performance.eventLoopUtilization()
  const elapsed = (): number => {
    const { idle, active } = performance.eventLoopUtilization(start)
    return idle * factor + active * Math.min(factor, atWork)
  }
  return {
    now: () => Math.floor(wallStart + elapsed()),
    monotonic: elapsed,
    timer(milliseconds, callback) {
      const due = elapsed() + milliseconds
      const arm = (): Disposable => systemClock.timer((due - elapsed()) / factor, fire)
      const fire = (): void => {
        // Work in between made it last longer.
        if (elapsed() < due) armed = arm()
        else callback()
      }
      let armed = arm()
      return { [Symbol.dispose]: () => armed[Symbol.dispose]() }
    },
  }
}
