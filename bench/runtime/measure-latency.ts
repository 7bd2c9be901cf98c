import { arrivalMilliseconds, type Session } from './session.ts'

export interface LatencySample {
  /** From when the writer began to send its request. */
  readonly sinceSent: number
  /** From when the writer had the answer; negative when the watch was faster. */
  readonly sinceAnswered: number
}

export interface Latencies {
  /** Milliseconds. */
  readonly samples: readonly LatencySample[]
  readonly lost: number
}

const perSecond = 100
const seconds = 15

/**
 * Time from a write to the moment when a program would begin to work on the object, at 100 changes a second. Both processes read the
 * same monotonic clock of the system; the change carries a number by which the two times are put together.
 */
export async function measureLatency({ follower, load }: Session): Promise<Latencies> {
  const count = perSecond * seconds
  await follower.call('begin', undefined)
  const changes = await load.call('paced', { count, perSecond })
  const { starts } = await follower.call('seen', { changes: count, timeoutMilliseconds: arrivalMilliseconds })
  const startOf = new Map(starts)
  const samples = changes.flatMap(({ stamp, sent, answered }) => {
    const start = startOf.get(stamp)
    return start === undefined ? [] : [{ sinceSent: (start - sent) / 1000, sinceAnswered: (start - answered) / 1000 }]
  })
  return { samples, lost: count - samples.length }
}
