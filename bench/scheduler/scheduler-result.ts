import type { MachineFacts } from '../support/machine-facts.ts'

/** What `bench scheduler` found. */
export interface SchedulerResult {
  readonly facts: MachineFacts
  readonly targets: number
  readonly periodSeconds: number
  readonly watchedSeconds: number
  readonly rounds: number
  readonly requests: number
  /** How late rounds began. */
  readonly lagMilliseconds: { readonly p50: number; readonly p99: number; readonly highest: number }
  /** Cores, while watched. */
  readonly cpu: number
  /** Cores for as many plain requests of undici at even intervals, over kept connections. */
  readonly floorCpu: number
}
