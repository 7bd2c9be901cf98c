/** A time during which the target takes nothing, in seconds; its end is not in it. */
export interface Outage {
  readonly start: number
  readonly end: number
}

export interface SenderOptions {
  /** Events that fit into the queue, those in the hands of workers not counted. */
  readonly capacity: number
  /** One works; the others help while the queue is over half full. */
  readonly maximumWorkers: number
  /** Of a send that succeeds. */
  readonly roundTripSeconds: number
  /** Of a send that fails: next to nothing where the target refuses, the time-out where it hangs. */
  readonly failureSeconds: number
  /** From a failure to the next try; undefined: never, the event is thrown away. */
  readonly retrySeconds: number | undefined
  readonly outages: readonly Outage[]
}

/**
 * The sender of one node of a cluster: a queue in memory from which workers post one event at a time, and from which nothing but
 * their success takes it away for good. What finds no room is thrown away, and nobody waits. Times are seconds and never go back.
 */
export interface Sender {
  /** An event is made. */
  arrive(time: number): void
  /** Lets everything happen that does until then. */
  advance(time: number): void
  /** Events in the queue. */
  readonly queued: number
  /** Events that found no room. */
  readonly dropped: number
  /** Events that were given up after a failure. */
  readonly givenUp: number
}

export function createSender(options: SenderOptions): Sender {
  const { capacity, maximumWorkers, roundTripSeconds, failureSeconds, retrySeconds, outages } = options
  /** When each worker is free again. */
  const workers = [0]
  let queued = 0
  let dropped = 0
  let givenUp = 0

  /** A worker takes an event. @returns when it is free again */
  function work(time: number): number {
    let attempt = time
    for (const { start, end } of outages) {
      if (attempt < start) break
      if (attempt >= end) continue
      if (retrySeconds === undefined) {
        givenUp++
        return attempt + failureSeconds
      }
      const period = failureSeconds + retrySeconds
      attempt += Math.ceil((end - attempt) / period) * period
    }
    return attempt + roundTripSeconds
  }

  function earliest(): number {
    let found = 0
    for (let worker = 1; worker < workers.length; worker++) {
      if ((workers[worker] ?? 0) < (workers[found] ?? 0)) found = worker
    }
    return found
  }

  function advance(time: number): void {
    while (queued > 0) {
      const worker = earliest()
      const free = workers[worker] ?? 0
      if (free > time) return
      queued--
      workers[worker] = work(free)
    }
    workers.length = 1
  }

  return {
    advance,
    arrive(time) {
      advance(time)
      const worker = earliest()
      if (queued === 0 && (workers[worker] ?? 0) <= time) {
        workers[worker] = work(time)
        return
      }
      if (queued >= capacity) dropped++
      else queued++
      if (queued > capacity / 2 && workers.length < maximumWorkers) {
        queued--
        workers.push(work(time))
      }
    },
    get queued() {
      return queued
    },
    get dropped() {
      return dropped
    },
    get givenUp() {
      return givenUp
    },
  }
}
