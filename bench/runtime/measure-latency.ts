import { arrivalMilliseconds, type Session } from './session.ts'

export interface LatencySample {
  /** From when the writer began to send its request. */
  readonly sinceSent: number
  /** From when the writer had the answer; negative when the watch was faster. */
  readonly sinceAnswered: number
  /** From when the bytes of the event were in the process that follows; undefined for what came in a compressed list instead. */
  readonly sinceArrived: number | undefined
}

export interface Latencies {
  /** Milliseconds. */
  readonly samples: readonly LatencySample[]
  readonly lost: number
}

const perSecond = 100
const seconds = 15

/**
 * Time from a write, and from the arrival of its event, to the moment when a program would begin to work on the object, at 100 changes a
 * second. Both processes read the same monotonic clock of the system; the change carries a number by which the times are put together.
 */
export async function measureLatency({ follower, load }: Session): Promise<Latencies> {
  const count = perSecond * seconds
  await follower.call('begin', { arrivals: true })
  const changes = await load.call('paced', { count, perSecond })
  const { starts, arrivals } = await follower.call('seen', { changes: count, timeoutMilliseconds: arrivalMilliseconds })
  const startOf = new Map(starts)
  const arrivalOf = new Map(arrivals)
  const samples = changes.flatMap(({ stamp, sent, answered }): readonly LatencySample[] => {
    const start = startOf.get(stamp)
    if (start === undefined) return []
    const arrived = arrivalOf.get(stamp)
    const since = (time: number): number => (start - time) / 1000
    const sinceArrived = arrived === undefined ? undefined : since(arrived)
    return [{ sinceSent: since(sent), sinceAnswered: since(answered), sinceArrived }]
  })
  return { samples, lost: count - samples.length }
}
