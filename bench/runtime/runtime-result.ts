import type { MachineFacts } from '../support/machine-facts.ts'
import type { FollowerKind } from './followers/follower.ts'
import type { CallFigures } from './measure-calls.ts'
import type { ListFigures } from './measure-list.ts'
import type { QueueFigures } from './measure-queue.ts'
import type { WatchFigures } from './measure-watch.ts'

export interface LatencyFigures {
  readonly changes: number
  readonly lost: number
  /** Milliseconds from the writer's sending; absent when all changes were lost. */
  readonly sinceSent?: Percentiles | undefined
  /** Milliseconds from the writer's answer; likewise. */
  readonly sinceAnswered?: Percentiles | undefined
  /** Milliseconds from the arrival of the event's bytes in the process; of the changes that came as events. */
  readonly sinceArrived?: Percentiles | undefined
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly maximum: number
}

/** Medians over the rounds; latencies are those of all rounds together. */
export interface ContenderResult {
  readonly list: ListFigures
  readonly watch: WatchFigures
  readonly latency: LatencyFigures
  readonly calls: CallFigures
  /** At the end, with all objects cached. */
  readonly rssBytes: number
  /** Opened in all, the calls' left out. */
  readonly connections: number
}

/** What `bench/results/runtime.json` has. */
export interface RuntimeResult {
  readonly facts: MachineFacts
  readonly objects: number
  readonly rounds: number
  /** Of one object as JSON, on the average. */
  readonly bytesPerObject: number
  readonly contenders: Readonly<Record<FollowerKind, ContenderResult>>
  /** Medians over the rounds. */
  readonly queue: QueueFigures
}
