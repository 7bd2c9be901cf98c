/** How a pass ended; controller-runtime's `result` label. */
export type ReconcileOutcome = 'error' | 'requeue_after' | 'requeue' | 'success'

/** Health of one list and watch. */
export interface WatchHealth {
  /** Since the API server was last heard (list, event or bookmark); undefined before the first list. */
  readonly silentSeconds: number | undefined
  readonly objects: number
}

/**
 * What the runtime tells about itself. Durations are seconds. `resource` is `plural.group`, or `plural` for the core group.
 * Callbacks must not throw. `observe...` registers a reader that is called when metrics are scraped, until it is disposed.
 */
export interface RuntimeMetrics {
  /** One HTTP exchange with the API server; `code` is the HTTP status, or `<error>` when there was no answer. */
  restRequest(request: {
    readonly method: string
    readonly host: string
    readonly code: string
    readonly durationSeconds: number
  }): void
  /** A retry of a request after 401, 429 or 503. */
  restRetry(request: { readonly method: string; readonly host: string; readonly code: string }): void

  queueDepth(queue: string, priority: number, depth: number): void
  queueAdded(queue: string): void
  /** Time an item waited, from ready to handed out. */
  queueWaited(queue: string, seconds: number): void
  /** Time between hand-out and `done`. */
  queueWorked(queue: string, seconds: number): void
  queueRetried(queue: string): void
  /** The ages in seconds of the items that workers hold right now: they grow without end when a worker is stuck. */
  observeUnfinishedWork(queue: string, read: () => readonly number[]): Disposable

  /** Called once when a controller starts, so that its series exist before the first pass. */
  controllerStarted(controller: string, options: { readonly maximumWorkers: number }): void
  activeWorkers(controller: string, workers: number): void
  reconciled(controller: string, outcome: ReconcileOutcome, seconds: number): void
  /** An error that is not retried; counted beside the outcome `error`. */
  reconcileTerminalError(controller: string): void
  /** Something that is no Error was thrown; counted beside the outcome `error`. */
  reconcilePanic(controller: string): void
  reconcileTimeout(controller: string): void

  listed(resource: string, list: { readonly seconds: number; readonly ok: boolean }): void
  watchStarted(resource: string): void
  /** A watch ended; `reason` is one of a closed list. */
  watchEnded(resource: string, reason: WatchEnd, watch: { readonly seconds: number; readonly events: number }): void
  watchEvent(resource: string, type: string): void
  /** Where each namespace has a watch of its own, the longest silence of them counts. */
  observeWatch(resource: string, read: () => WatchHealth): Disposable

  eventRecorded(outcome: 'sent' | 'failed' | 'dropped_queue_full' | 'dropped_rate_limited'): void

  /** Whether this process holds the lease of that name; told first when it begins to ask for it. */
  leading(lease: string, leads: boolean): void
}

/**
 * Why a watch ended: the server closed it in peace, it fell silent, its resourceVersion expired, the server sent an ERROR event,
 * a line could not be read, the connection or the server failed, or we stopped.
 */
export type WatchEnd = 'closed' | 'silent' | 'expired' | 'error_event' | 'malformed' | 'failed' | 'stopped'
