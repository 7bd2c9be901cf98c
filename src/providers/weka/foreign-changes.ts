import { ProviderError } from '../provider-error.ts'
import type { WekaClient } from './weka-client.ts'

/** Tells by the cluster's events who set the webhook, which a token that is not shown does not tell. */
export interface ForeignChanges {
  /** To be called before a change of our own, from which on is looked. */
  begin(signal: AbortSignal): Promise<void>
  /** To be called with each request of that change: each may leave an event. */
  expectOne(): void
  /** Whether a request of our own change has taken effect. False where events are not offered. */
  tookEffect(signal: AbortSignal): Promise<boolean>
  /** Whether somebody else set the webhook since. False too where events are not offered, and at the first look when there was no change of our own. */
  seen(signal: AbortSignal): Promise<boolean>
}

/** What one call leaves to the next. */
export interface ForeignChangesMemory {
  /** The newest event when it was begun to look, and how many have come since by our own doing at most; undefined before that. */
  since: { readonly newest: string | undefined; own: number } | undefined
}

export function createForeignChanges(
  client: Pick<WekaClient, 'enabledEvents'>,
  memory: ForeignChangesMemory,
): ForeignChanges {
  /** Newest first. Events are of use and not needed: what fails here fails the caller's next call, or nothing. */
  async function events(signal: AbortSignal): Promise<readonly string[] | undefined> {
    try {
      return await client.enabledEvents(signal)
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      return undefined
    }
  }

  async function begin(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const found = await events(signal)
    memory.since = found === undefined ? undefined : { newest: found[0], own: 0 }
    return found
  }

  return {
    async begin(signal) {
      await begin(signal)
    },
    expectOne() {
      if (memory.since !== undefined) memory.since.own++
    },
    async tookEffect(signal) {
      const { since } = memory
      return since !== undefined && (await countSince(since.newest, signal)) > 0
    },
    async seen(signal) {
      const { since } = memory
      if (since !== undefined) return (await countSince(since.newest, signal)) > since.own
      await begin(signal)
      return false
    },
  }

  /** Counted and not compared by time, for an event may come later than the change that it tells of. */
  async function countSince(newest: string | undefined, signal: AbortSignal): Promise<number> {
    const found = (await events(signal)) ?? []
    const known = newest === undefined ? -1 : found.indexOf(newest)
    return known === -1 ? found.length : known
  }
}
