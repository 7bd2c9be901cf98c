import { systemClock, type Clock } from '../../src/kube/clock.ts'

/**
 * The machine's time, `factor` times as fast: drift checks, probe periods and back-offs of minutes pass in seconds, and in the
 * order they would. Time-outs of HTTP exchanges are not made of it.
 */
export function createFastClock(factor: number): Clock {
  const wallStart = systemClock.now()
  const start = systemClock.monotonic()
  const elapsed = (): number => (systemClock.monotonic() - start) * factor
  return {
    now: () => Math.floor(wallStart + elapsed()),
    monotonic: elapsed,
    timer: (milliseconds, callback) => systemClock.timer(milliseconds / factor, callback),
  }
}
