import type { Clock } from './clock.ts'

/** Occurrences of one Event. */
export interface EventSeries {
  readonly namespace: string
  readonly name: string
  readonly count: number
  /** Milliseconds since the epoch. */
  readonly lastObservedAt: number
}

/** Counts repeats, so that one Event stands for all of them. */
export interface EventSeriesTracker extends Disposable {
  /** Remembers the first occurrence. */
  begin(key: string, event: { readonly namespace: string; readonly name: string }): void
  /** Counts one more occurrence. @returns false when there is no series of this key: it is a first occurrence. */
  repeat(key: string): boolean
}

const idleMilliseconds = 6 * 60_000
const refreshMilliseconds = 30 * 60_000
const maximumSeries = 1024

interface Tracked {
  readonly namespace: string
  readonly name: string
  count: number
  toldCount: number
  toldAt: number
  lastObservedAt: number
  end: Disposable
}

/**
 * Series with client-go's times (tools/events): told at the second occurrence, every half an hour while it goes on, and at its end,
 * which is six minutes without another occurrence. The 1024 youngest are remembered.
 * @param options.tell takes a series whose count is to be written.
 */
export function createEventSeriesTracker(options: {
  readonly clock: Clock
  readonly tell: (series: EventSeries) => void
}): EventSeriesTracker {
  const { clock } = options
  /** Oldest first. */
  const tracked = new Map<string, Tracked>()

  function tell(series: Tracked): void {
    if (series.count === series.toldCount) return
    series.toldCount = series.count
    series.toldAt = clock.monotonic()
    const { namespace, name, count, lastObservedAt } = series
    options.tell({ namespace, name, count, lastObservedAt })
  }

  function finish(key: string): void {
    const series = tracked.get(key)
    if (series === undefined) return
    series.end[Symbol.dispose]()
    tracked.delete(key)
    tell(series)
  }

  return {
    begin(key, { namespace, name }) {
      finish(key)
      const end = clock.timer(idleMilliseconds, () => finish(key))
      const lastObservedAt = clock.now()
      tracked.set(key, { namespace, name, count: 1, toldCount: 1, toldAt: clock.monotonic(), lastObservedAt, end })
      const [oldest] = tracked.keys()
      if (tracked.size > maximumSeries && oldest !== undefined) finish(oldest)
    },
    repeat(key) {
      const series = tracked.get(key)
      if (series === undefined) return false
      series.count++
      series.lastObservedAt = clock.now()
      series.end[Symbol.dispose]()
      series.end = clock.timer(idleMilliseconds, () => finish(key))
      if (series.count === 2 || clock.monotonic() - series.toldAt >= refreshMilliseconds) tell(series)
      return true
    },
    [Symbol.dispose]() {
      for (const { end } of tracked.values()) end[Symbol.dispose]()
      tracked.clear()
    },
  }
}
