import { isForbidden } from './api-error.ts'
import { createDeadline } from './deadline.ts'
import type { Dependencies } from './dependencies.ts'
import type { Logger } from './logger.ts'
import { aborted, onAbort } from './on-abort.ts'
import { ReconcileTimeoutError } from './reconcile-timeout-error.ts'
import { type ObjectName, parseObjectKey } from './resource.ts'
import { TerminalError } from './terminal-error.ts'
import type { QueueItem, WorkQueue } from './work-queue.ts'

export interface ReconcileContext {
  /** Aborted when the pass takes too long (reason: ReconcileTimeoutError) or the process stops. */
  readonly signal: AbortSignal
  /** On every line of `logger` too. */
  readonly reconcileId: string
  readonly logger: Logger
}

export interface ReconcileResult {
  /** Run again after this time; absent or 0: when something changes. */
  readonly requeueAfterMilliseconds?: number
}

/**
 * Brings one object closer to what it should be. It is told which object, not what happened: read the world, then act.
 * - It resolves: the key's back-off ends; the pass is repeated after `requeueAfterMilliseconds`, if given.
 * - It throws a TerminalError: counted, logged, not repeated until something changes.
 * - It throws anything else: counted, logged, repeated with the key's back-off.
 * Two passes over one object never overlap, so a pass that ignores its signal holds its worker and its object.
 */
export type Reconcile = (name: ObjectName, context: ReconcileContext) => Promise<ReconcileResult>

export interface ControllerOptions extends Pick<Dependencies, 'clock' | 'logger' | 'metrics'> {
  readonly name: string
  /** Keys are those of `objectKey`. */
  readonly queue: WorkQueue
  readonly reconcile: Reconcile
  /** Passes at a time. */
  readonly concurrency: number
  readonly reconcileTimeoutMilliseconds: number
  /** Makes reconcile ids. */
  readonly newId: () => string
}

export interface Controller {
  /**
   * Works until aborted, then takes no more work, waits for passes in work for up to 20 seconds, aborts them, and gives those that
   * still do not end two seconds. Start it when the caches have synced.
   * @param abort likewise ends it, without the grace.
   */
  run(signal: AbortSignal, abort?: AbortSignal): Promise<void>
}

/** For passes to end after the stop, before they are aborted. */
const graceMilliseconds = 20_000
/** For passes to end after they were aborted. */
const abortedPassMilliseconds = 2000

export function createController(options: ControllerOptions): Controller {
  const { name, queue, concurrency, clock, metrics } = options
  const logger = options.logger.child({ controller: name })
  let active = 0

  /** @param passes ends the passes in work, as opposed to the taking of work. */
  async function work(signal: AbortSignal, passes: AbortSignal): Promise<void> {
    for (;;) {
      const item = await queue.get(signal)
      if (item === undefined) return
      metrics.activeWorkers(name, ++active)
      try {
        await reconcileItem(item, passes)
      } finally {
        metrics.activeWorkers(name, --active)
        queue.done(item.key)
      }
    }
  }

  async function reconcileItem(item: QueueItem, passes: AbortSignal): Promise<void> {
    const object = parseObjectKey(item.key)
    const reconcileId = options.newId()
    const passLogger = logger.child({ namespace: object.namespace, name: object.name, reconcileId })
    const startedAt = clock.monotonic()
    const seconds = (): number => (clock.monotonic() - startedAt) / 1000
    using deadline = createDeadline({
      clock,
      milliseconds: options.reconcileTimeoutMilliseconds,
      signal: passes,
      reason: () => new ReconcileTimeoutError(`The pass took longer than ${options.reconcileTimeoutMilliseconds} ms`),
    })
    try {
      const result = await options.reconcile(object, { signal: deadline.signal, reconcileId, logger: passLogger })
      const after = result.requeueAfterMilliseconds ?? 0
      queue.forget(item.key)
      if (after > 0) queue.add(item.key, { priority: item.priority, afterMilliseconds: after })
      metrics.reconciled(name, after > 0 ? 'requeue_after' : 'success', seconds())
    } catch (error) {
      if (passes.aborted) {
        passLogger.info({}, 'Pass aborted, the controller stops')
        return
      }
      if (deadline.signal.reason instanceof ReconcileTimeoutError) metrics.reconcileTimeout(name)
      settleError(item, error, passLogger)
      metrics.reconciled(name, 'error', seconds())
    }
  }

  function settleError(item: QueueItem, error: unknown, passLogger: Logger): void {
    if (error instanceof TerminalError) {
      metrics.reconcileTerminalError(name)
      queue.forget(item.key)
      passLogger.error({ err: error }, 'Pass failed, it is not repeated until something changes')
      return
    }
    if (!(error instanceof Error)) metrics.reconcilePanic(name)
    queue.addRateLimited(item.key, { priority: item.priority })
    const message = isForbidden(error)
      ? 'Pass failed, it is repeated: grant the right that the error names'
      : 'Pass failed, it is repeated'
    const fields = { err: asError(error), failures: queue.failures(item.key) }
    passLogger.error(fields, message)
  }

  return {
    async run(signal, abort = new AbortController().signal) {
      metrics.controllerStarted(name, { maximumWorkers: concurrency })
      const taking = new AbortController()
      const passes = new AbortController()
      using _stopped = onAbort(signal, () => taking.abort())
      using _aborted = onAbort(abort, () => {
        taking.abort()
        passes.abort(abort.reason)
      })
      const workers = Promise.all(Array.from({ length: concurrency }, () => work(taking.signal, passes.signal)))
      await Promise.race([workers, aborted(taking.signal)])

      using _grace = clock.timer(graceMilliseconds, () => passes.abort(new Error('The controller stops')))
      await Promise.race([workers, aborted(passes.signal)])
      const gaveUp = Promise.withResolvers<void>()
      using _end = clock.timer(abortedPassMilliseconds, gaveUp.resolve)
      await Promise.race([workers, gaveUp.promise])
      if (active > 0) logger.warn({ passes: active }, 'Passes did not end when they were aborted')
    },
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`A ${typeof thrown} was thrown that is no Error`)
}
