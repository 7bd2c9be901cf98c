import type { MachineFacts } from '../support/machine-facts.ts'

/** Seconds until webhooks were Synced, over those whose clusters answer. */
export interface SyncTimes {
  readonly p50: number
  readonly p99: number
  readonly all: number
}

/** What a round took, one figure for each round. */
export interface Contained {
  /** The hanging clusters and their resources do not exist. */
  readonly without: readonly SyncTimes[]
  readonly with: readonly SyncTimes[]
  /** With by without, of the medians. */
  readonly ratio: SyncTimes
}

/** What hanging clusters cost the others, as `bench/results/containment.json` has it. */
export interface ContainmentResult {
  readonly facts: MachineFacts
  readonly clusters: number
  /** They are the first ones in the operator's queues. */
  readonly hanging: number
  /** `spec.requestTimeoutSeconds`: how long a call to a cluster that hangs takes. */
  readonly requestTimeoutSeconds: number
  /** From the start of the operator's process; the clusters hang already. */
  readonly start: Contained
  /** From a change of all tokens, right after the clusters began to hang; all webhooks were in force before. */
  readonly change: Contained
}
