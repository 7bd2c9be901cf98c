import type { Session } from './session.ts'

export interface CallFigures {
  readonly milliseconds: number
  readonly cpuMilliseconds: number
  /** Opened for these calls. */
  readonly connections: number
}

const calls = 300

/** Reads of one object each, one after another, by a client that already has a watch open. Figures are of one call. */
export async function measureCalls({ follower }: Session): Promise<CallFigures> {
  const cost = await follower.call('calls', calls)
  return {
    milliseconds: cost.milliseconds / calls,
    cpuMilliseconds: cost.cpuMicroseconds / 1000 / calls,
    connections: cost.connections,
  }
}
