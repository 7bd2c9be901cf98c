import type { Session } from './session.ts'

export interface ListFigures {
  readonly milliseconds: number
  readonly cpuMilliseconds: number
}

/**
 * The first list: from the call in a process with its code loaded and nothing else done until all objects are in the cache. It has
 * the TLS handshake, the API server's own work and a JIT that is still cold in it, as the start of an operator has.
 */
export async function measureList({ follower, objects }: Session): Promise<ListFigures> {
  const list = await follower.call('list', undefined)
  if (list.objects !== objects) throw new Error(`The list has ${list.objects} objects instead of ${objects}`)
  return { milliseconds: list.milliseconds, cpuMilliseconds: list.cpuMicroseconds / 1000 }
}
