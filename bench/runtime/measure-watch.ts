import { arrivalMilliseconds, type Session } from './session.ts'

export interface WatchFigures {
  /** As the API server takes the writes: it is the slowest part, whoever watches. */
  readonly eventsPerSecond: number
  readonly cpuMicrosecondsPerEvent: number
  /** Changes that were not seen within ten seconds of the last answer. */
  readonly lost: number
}

/** Every object is changed once, as fast as the API server takes it; each change is an event that carries the whole object. */
export async function measureWatch({ follower, load, objects }: Session): Promise<WatchFigures> {
  await follower.call('begin', {})
  await load.call('burst', { count: objects })
  const seen = await follower.call('seen', { changes: objects, timeoutMilliseconds: arrivalMilliseconds })
  return {
    eventsPerSecond: (seen.changes * 1000) / seen.milliseconds,
    cpuMicrosecondsPerEvent: seen.cpuMicroseconds / seen.changes,
    lost: objects - seen.changes,
  }
}
