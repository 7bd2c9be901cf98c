import type { Clock } from '../kube/clock.ts'

/** The clock's time as metav1.Time writes it: RFC 3339, UTC, whole seconds. */
export function timestamp(clock: Pick<Clock, 'now'>): string {
  return formatTime(clock.now())
}

/** @param milliseconds since the epoch. */
export function formatTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
