import { createDelayQueue, type Delayed } from './delay-queue.ts'
import type { Dependencies } from './dependencies.ts'
import { onAbort } from './on-abort.ts'

export interface QueueItem {
  readonly key: string
  readonly priority: number
}

export interface AddOptions {
  /** Higher first. @default 0 */
  readonly priority?: number
  /** @default 0: ready at once */
  readonly afterMilliseconds?: number
}

export interface WorkQueue {
  add(key: string, options?: AddOptions): void
  /** Adds after a delay that doubles with each call for the key until it is forgotten. */
  addRateLimited(key: string, options?: { readonly priority?: number }): void
  /** Ends the growth of the delay; does not remove the key. */
  forget(key: string): void
  /** Calls of `addRateLimited` since the key was last forgotten. */
  failures(key: string): number
  /** The next item; waits for one. Undefined after `shutDown` or when aborted. Every item is to be given back by `done`. */
  get(signal: AbortSignal): Promise<QueueItem | undefined>
  done(key: string): void
  /** Drops what waits and ends every `get`; items in work may still be given back. */
  shutDown(): void
  /** Entries ready, those of keys in work included; delayed ones are not. */
  depth(): number
}

export interface WorkQueueOptions extends Pick<Dependencies, 'clock' | 'metrics'> {
  readonly name: string
  /** Spreads back-off delays by up to a tenth more. Absent: exact delays. */
  readonly random?: () => number
}

/** Back-off of client-go's per-item exponential failure limiter. */
const baseDelayMilliseconds = 5
const maximumDelayMilliseconds = 1_000_000

/** What waits for a key: in the delay queue, else ready since `dueAt`. */
interface Entry extends Delayed {
  readonly key: string
  priority: number
}

/**
 * A keyed queue with the semantics of controller-runtime's priority queue:
 * - A key waits at most once; adding it again keeps the higher priority and the earlier time.
 * - A key in work is never handed out a second time; added meanwhile, it waits until it is given back.
 * - Higher priorities first, first in first out within one. A delayed entry takes its place when it becomes ready, an entry whose
 *   priority rises joins the end of its new level.
 * Adding and taking cost O(1) in the number of keys, delays O(log n) in that of delayed ones.
 */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { name, clock, metrics, random = () => 0 } = options
  const entries = new Map<string, Entry>()
  const delayed = createDelayQueue(clock, becomeReady)
  /** Ready entries by priority, oldest first; those of keys in work stand among them and are skipped. No level is empty. */
  const levels = new Map<number, Set<Entry>>()
  /** Keys in work and the monotonic time of their hand-out. */
  const processing = new Map<string, number>()
  const failures = new Map<string, number>()
  const takers = new Set<(item: QueueItem | undefined) => void>()
  let stopped = false

  const unfinished = metrics.observeUnfinishedWork(name, () =>
    [...processing.values()].map((startedAt) => (clock.monotonic() - startedAt) / 1000),
  )

  function enterLevel(entry: Entry): void {
    const level = levels.get(entry.priority) ?? new Set()
    levels.set(entry.priority, level.add(entry))
    metrics.queueDepth(name, entry.priority, level.size)
  }

  function leaveLevel(entry: Entry): void {
    const level = levels.get(entry.priority)
    if (level?.delete(entry) !== true) return
    if (level.size === 0) levels.delete(entry.priority)
    metrics.queueDepth(name, entry.priority, level.size)
  }

  function becomeReady(entry: Entry): void {
    entry.dueAt = clock.monotonic()
    metrics.queueAdded(name)
    enterLevel(entry)
    serveTakers()
  }

  function schedule(entry: Entry, delay: number): void {
    delayed.cancel(entry)
    if (delay > 0) delayed.set(entry, delay)
    else becomeReady(entry)
  }

  /** Passes over keys in work: at most as many as there are workers. */
  function take(): QueueItem | undefined {
    for (const priority of [...levels.keys()].sort((a, b) => b - a)) {
      for (const entry of levels.get(priority) ?? []) {
        if (processing.has(entry.key)) continue
        const now = clock.monotonic()
        leaveLevel(entry)
        entries.delete(entry.key)
        processing.set(entry.key, now)
        metrics.queueWaited(name, (now - entry.dueAt) / 1000)
        return { key: entry.key, priority }
      }
    }
    return undefined
  }

  function serveTakers(): void {
    for (const taker of takers) {
      const item = take()
      if (item === undefined) return
      takers.delete(taker)
      taker(item)
    }
  }

  function add(key: string, { priority = 0, afterMilliseconds = 0 }: AddOptions = {}): void {
    if (stopped) return
    const entry = entries.get(key)
    if (entry === undefined) {
      const added: Entry = { key, priority, dueAt: 0, order: 0, place: -1 }
      entries.set(key, added)
      schedule(added, afterMilliseconds)
      return
    }
    if (priority > entry.priority) {
      leaveLevel(entry)
      entry.priority = priority
      if (!delayed.has(entry)) enterLevel(entry)
    }
    if (!delayed.has(entry) || clock.monotonic() + afterMilliseconds >= entry.dueAt) return
    schedule(entry, afterMilliseconds)
  }

  return {
    add,
    addRateLimited(key, { priority = 0 } = {}) {
      const count = failures.get(key) ?? 0
      failures.set(key, count + 1)
      metrics.queueRetried(name)
      const delay = Math.min(baseDelayMilliseconds * 2 ** count, maximumDelayMilliseconds)
      add(key, { priority, afterMilliseconds: delay * (1 + random() / 10) })
    },
    forget: (key) => void failures.delete(key),
    failures: (key) => failures.get(key) ?? 0,
    async get(signal) {
      if (stopped || signal.aborted) return undefined
      const item = take()
      if (item !== undefined) return item
      const taken = Promise.withResolvers<QueueItem | undefined>()
      takers.add(taken.resolve)
      using _aborted = onAbort(signal, () => {
        takers.delete(taken.resolve)
        taken.resolve(undefined)
      })
      return await taken.promise
    },
    done(key) {
      const startedAt = processing.get(key)
      if (startedAt === undefined) return
      processing.delete(key)
      metrics.queueWorked(name, (clock.monotonic() - startedAt) / 1000)
      serveTakers()
    },
    shutDown() {
      if (stopped) return
      stopped = true
      unfinished[Symbol.dispose]()
      delayed[Symbol.dispose]()
      for (const entry of entries.values()) leaveLevel(entry)
      entries.clear()
      failures.clear()
      for (const taker of takers) taker(undefined)
      takers.clear()
    },
    depth: () => [...levels.values()].reduce((sum, level) => sum + level.size, 0),
  }
}
