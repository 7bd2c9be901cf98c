import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import type { RestClient } from './rest-client.ts'
import type { RuntimeMetrics } from './runtime-metrics.ts'

export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  /** Empty for cluster-scoped objects; their Events go to the namespace `default`. */
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface EventRecord {
  readonly regarding: ObjectReference
  readonly type: 'Normal' | 'Warning'
  /** Why, in CamelCase, at most 128 characters. */
  readonly reason: string
  /** What was done, in CamelCase, at most 128 characters. */
  readonly action: string
  /** For people; cut to 1 kB. */
  readonly note: string
}

export interface EventRecorder extends AsyncDisposable {
  /** Queues an Event. Never blocks, never throws. */
  record(event: EventRecord): void
  /** Resolves when everything queued was sent or given up. @throws the signal's reason. */
  flush(signal: AbortSignal): Promise<void>
}

export interface EventRecorderOptions {
  readonly client: RestClient
  /** Qualified name, e.g. `s3audit.dev/operator`. */
  readonly reportingController: string
  /** Which replica, e.g. the pod's name. */
  readonly reportingInstance: string
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: RuntimeMetrics
}

export declare function createEventRecorder(options: EventRecorderOptions): EventRecorder
