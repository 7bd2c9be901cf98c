import type { MachineFacts } from '../support/machine-facts.ts'
import type { ScrapeFigures } from './measure-scrapes.ts'
import type { WorldCounters } from './world-process.ts'

/** What a soak found, as `bench/results/soak.json` has it. */
export interface SoakResult {
  readonly facts: MachineFacts
  readonly entry: 'bundle' | 'source'
  readonly webhooks: number
  readonly probe: Readonly<Record<string, number>>
  readonly driftCheckSeconds: number
  /** From the second start of the operator until each webhook was read back and each target tested. */
  readonly resumeSeconds: number
  readonly quietSeconds: number
  readonly writes: {
    readonly lease: number
    /** Patches of a webhook's status in which nothing but `lastTest` changed. */
    readonly lastTest: number
    /** All others: there should be none. */
    readonly others: number
    /** The first of them, `verb resource namespace/name`. */
    readonly examples: readonly string[]
  }
  /** What the operator read from the API server meanwhile. */
  readonly reads: Readonly<Record<string, number>>
  readonly rssBytes: { readonly first: number; readonly highest: number; readonly last: number }
  /** To the API server. */
  readonly connections: {
    readonly openAtFirst: number
    readonly mostOpen: number
    readonly openAtLast: number
    /** During the quiet time, as looks a second apart see them. */
    readonly opened: number
  }
  /** Of all kinds, those to clusters and targets included. */
  readonly sockets: { readonly first: number; readonly highest: number; readonly last: number }
  /** CPU seconds of the operator for each second. */
  readonly cpu: number
  /** After the quiet time. */
  readonly scrapes: ScrapeFigures
  /** What clusters and targets were asked meanwhile. */
  readonly world: WorldCounters
  readonly errorLines: number
  readonly samples: readonly {
    readonly second: number
    readonly rssBytes: number
    readonly connections: number
    readonly sockets: number
  }[]
}
