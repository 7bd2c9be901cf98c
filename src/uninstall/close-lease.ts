import { isAlreadyExists, isConflict } from '../kube/api-error.ts'
import type { Clock } from '../kube/clock.ts'
import { formatClosing, readClosing } from '../kube/lease-closing.ts'
import { createLeaseLock, type Lease } from '../kube/lease.ts'
import type { ObjectName } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'
import { sleep } from '../kube/sleep.ts'

export interface CloseLeaseOptions {
  readonly client: RestClient
  readonly lease: ObjectName
  /** Unique among all processes; without a colon. */
  readonly closer: string
  /** How long processes that start meanwhile wait before they take it. */
  readonly milliseconds: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A lease that nobody holds or takes for the time being. All throw what `RestClient.request` throws. */
export interface ClosedLease {
  /** Whom it was taken from; empty when nobody led. */
  readonly leader: string
  /**
   * Resolves when that process begins nothing any more: it said so (true), or the time for which it was the leader is over, after
   * which its own fence holds it back (false).
   */
  leaderEnded(signal: AbortSignal): Promise<boolean>
  /** Closed for this long from now. */
  keep(milliseconds: number, signal: AbortSignal): Promise<void>
}

const pollMilliseconds = 200
/** client-go's default, where the record says nothing. */
const defaultLeaseMilliseconds = 15_000
/** Longer ones are not waited for: nobody was told to be idle for so long. */
const maximumLeaseMilliseconds = 60_000

/**
 * Takes the lease from whoever holds it, at once, and marks it as closed. The leader gives up when it next renews and then says so in
 * the lease; followers see it through their watch. Neither works again for as long as its process lives. A process that starts
 * later waits until the time is over, as anybody waits for a holder; unless the lease is deleted, or its holder emptied.
 * @throws what `RestClient.request` throws.
 */
export async function closeLease(options: CloseLeaseOptions): Promise<ClosedLease> {
  const { client, closer, clock } = options
  const lockAs = (leader: string, milliseconds: number) =>
    createLeaseLock({
      client,
      name: options.lease,
      identity: formatClosing({ closer, leader }),
      leaseMilliseconds: Math.ceil(milliseconds / 1000) * 1000,
      clock,
    })
  const reader = lockAs('', options.milliseconds)

  /** @param leaderOf says who is still to end its work. @returns the lease as it was before, and when it was closed. */
  async function close(
    milliseconds: number,
    leaderOf: (seen: Lease | undefined) => string,
    signal: AbortSignal,
  ): Promise<{ readonly before: Lease | undefined; readonly since: number }> {
    for (;;) {
      const before = await reader.read(signal)
      try {
        await lockAs(leaderOf(before), milliseconds).hold(before, signal)
        return { before, since: clock.monotonic() }
      } catch (error) {
        if (!isConflict(error) && !isAlreadyExists(error)) throw error
      }
    }
  }

  const { before, since } = await close(options.milliseconds, unfinishedLeader, options.signal)
  const leader = unfinishedLeader(before)
  const held = readClosing(before?.spec ?? {}) === undefined ? before?.spec.leaseDurationSeconds : undefined
  const leaseMilliseconds = Math.min(
    held === undefined || held === null ? defaultLeaseMilliseconds : held * 1000,
    maximumLeaseMilliseconds,
  )
  return {
    leader,
    async leaderEnded(signal) {
      if (leader === '') return true
      while (clock.monotonic() - since < leaseMilliseconds) {
        const seen = await reader.read(signal)
        if (seen === undefined || unfinishedLeader(seen) !== leader) return true
        await sleep(clock, pollMilliseconds, signal)
      }
      return false
    },
    async keep(milliseconds, signal) {
      await close(milliseconds, () => '', signal)
    },
  }
}

/** Who leads by it, or led until it was closed and has not said that its work has ended. */
function unfinishedLeader(lease: Lease | undefined): string {
  if (lease === undefined) return ''
  return readClosing(lease.spec)?.leader ?? lease.spec.holderIdentity ?? ''
}
