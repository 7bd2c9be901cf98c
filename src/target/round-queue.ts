/** The right to run one round. Disposing gives it back; twice is harmless. */
export interface Turn extends Disposable {
  readonly key: string
}

/** Who waits for a turn, and who is next. */
export interface RoundQueue {
  /** Puts the key in line; while it waits already, it keeps its place. */
  add(key: string, options: { readonly host: string; readonly failing: boolean }): void
  remove(key: string): void
  has(key: string): boolean
  /** The next turn; undefined when nobody waits who may go. */
  take(): Turn | undefined
}

export interface RoundQueueOptions {
  readonly maximum: number
  /** Rounds at a time against one host. */
  readonly maximumPerHost: number
  /** Rounds at a time of what failed last time, which may take as long as its time-outs. */
  readonly maximumFailing: number
}

/**
 * Hosts take turns, so that a host with a thousand targets does not hold up the others; so do what failed last time and what did
 * not, so that targets which let every test time out leave room for those that answer at once.
 */
export function createRoundQueue(options: RoundQueueOptions): RoundQueue {
  const lanes: readonly [Lane, Lane] = [
    { failing: false, hosts: new Map() },
    { failing: true, hosts: new Map() },
  ]
  const places = new Map<string, { readonly lane: Lane; readonly host: string }>()
  const perHost = new Map<string, number>()
  let [running, runningFailing] = [0, 0]
  let failingNext = false

  function next(lane: Lane): { readonly key: string; readonly host: string } | undefined {
    if (lane.failing && runningFailing >= options.maximumFailing) return undefined
    for (const [host, keys] of lane.hosts) {
      if ((perHost.get(host) ?? 0) >= options.maximumPerHost) continue
      const [key] = keys
      if (key !== undefined) return { key, host }
    }
    return undefined
  }

  function leave(key: string): void {
    const place = places.get(key)
    if (place === undefined) return
    places.delete(key)
    const { hosts } = place.lane
    const keys = hosts.get(place.host)
    keys?.delete(key)
    // To the end of the line, or out of it.
    hosts.delete(place.host)
    if (keys !== undefined && keys.size > 0) hosts.set(place.host, keys)
  }

  function count(host: string, failing: boolean, change: 1 | -1): void {
    running += change
    if (failing) runningFailing += change
    const left = (perHost.get(host) ?? 0) + change
    if (left === 0) perHost.delete(host)
    else perHost.set(host, left)
  }

  return {
    add(key, { host, failing }) {
      if (places.has(key)) return
      const lane = lanes[failing ? 1 : 0]
      const keys = lane.hosts.get(host) ?? new Set()
      lane.hosts.set(host, keys.add(key))
      places.set(key, { lane, host })
    },
    remove: leave,
    has: (key) => places.has(key),
    take() {
      if (running >= options.maximum) return undefined
      const [first, second] = failingNext ? [lanes[1], lanes[0]] : lanes
      const lane = next(first) === undefined ? second : first
      const found = next(lane)
      if (found === undefined) return undefined
      failingNext = !lane.failing
      const { key, host } = found
      leave(key)
      count(host, lane.failing, 1)
      let over = false
      return {
        key,
        [Symbol.dispose]() {
          if (!over) count(host, lane.failing, -1)
          over = true
        },
      }
    },
  }
}

interface Lane {
  readonly failing: boolean
  /** Who waits, by host; the host that waited longest for a turn comes first. */
  readonly hosts: Map<string, Set<string>>
}
