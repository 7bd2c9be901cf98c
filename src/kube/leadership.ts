import { isConflict, isNotFound } from './api-error.ts'
import { createDeadline } from './deadline.ts'
import type { Dependencies } from './dependencies.ts'
import { LeadershipLostError } from './leadership-lost-error.ts'
import { LeaseClosedError } from './lease-closed-error.ts'
import { formatClosing, readClosing } from './lease-closing.ts'
import { type Lease, type LeaseLock, type LeaseSpec, releasedSpec } from './lease.ts'
import { sleep } from './sleep.ts'

/**
 * One term as the leader, renewed in the background. It ends for good when the lease was not renewed for the renew deadline, counted
 * from the start of the last renewal that succeeded, or when somebody else holds it. Disposing gives the lease up, so do it after
 * the last change; until then it is renewed. A lease that was lost is left alone, but for one that was closed: disposing says in it
 * that the work has ended.
 */
export interface Leadership extends AsyncDisposable {
  /** Aborted with a LeadershipLostError when the term ends other than by disposal; a LeaseClosedError when the lease was closed. */
  readonly lost: AbortSignal
  /** Read from the clock: false from the deadline on, also when the process was stopped and no timer has fired yet. */
  isLeader(): boolean
  /** @throws LeadershipLostError unless `isLeader`; `lost` is then aborted. */
  check(): void
  /** Time since the lease was last renewed; undefined once it was given up. */
  unrenewedMilliseconds(): number | undefined
}

export interface LeadershipOptions extends Pick<Dependencies, 'clock' | 'logger'> {
  readonly lock: LeaseLock
  readonly identity: string
  /** As it was taken. */
  readonly lease: Lease
  /** Monotonic time at which the call that took it began. */
  readonly heldSince: number
  readonly renewDeadlineMilliseconds: number
  readonly retryMilliseconds: number
  /** Called once, when it is lost or given up. */
  readonly onEnd: () => void
}

/** For the last change of the lease. */
const conclusionMilliseconds = 3_000

export function beginLeadership(options: LeadershipOptions): Leadership {
  const { lock, identity, renewDeadlineMilliseconds, retryMilliseconds, clock, logger } = options
  const lost = new AbortController()
  const renewing = new AbortController()
  /** As it was last seen to be. */
  let seen = options.lease
  const { namespace = '', name } = seen.metadata
  let renewedAt = options.heldSince
  let isReleased = false
  let deadline = startDeadline()

  const isLeader = (): boolean =>
    !lost.signal.aborted && !isReleased && clock.monotonic() - renewedAt < renewDeadlineMilliseconds

  function startDeadline(): Disposable {
    const milliseconds = renewedAt + renewDeadlineMilliseconds - clock.monotonic()
    return clock.timer(milliseconds, () => lose('was not renewed in time'))
  }

  function lose(why: string): void {
    end(new LeadershipLostError(`The lease ${namespace}/${name} ${why}`))
  }

  function end(error: LeadershipLostError): void {
    if (lost.signal.aborted || isReleased) return
    deadline[Symbol.dispose]()
    renewing.abort(error)
    lost.abort(error)
    options.onEnd()
  }

  function renewed(lease: Lease, startedAt: number): void {
    // After a pause the answer may come before the timer fires: what is over stays over.
    if (!isLeader()) {
      lose('was not renewed in time')
      return
    }
    seen = lease
    renewedAt = startedAt
    deadline[Symbol.dispose]()
    deadline = startDeadline()
  }

  async function renew(signal: AbortSignal): Promise<void> {
    const startedAt = clock.monotonic()
    try {
      renewed(await lock.hold(seen, signal), startedAt)
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error
      await renewAnew(signal)
    }
  }

  /** The lease is not as we left it: a renewal whose answer was lost, a change by hand, another holder, or it was deleted. */
  async function renewAnew(signal: AbortSignal): Promise<void> {
    const lease = await lock.read(signal)
    if (lease !== undefined && lease.spec.holderIdentity !== identity) {
      logger.warn({ holder: lease.spec.holderIdentity }, 'The lease has another holder')
      seen = lease
      if (readClosing(lease.spec) === undefined) lose('has another holder')
      else end(new LeaseClosedError(namespace, name))
      return
    }
    const startedAt = clock.monotonic()
    renewed(await lock.hold(lease, signal), startedAt)
  }

  async function renewUntilEnd(signal: AbortSignal): Promise<void> {
    let startedAt = renewedAt
    while (!signal.aborted) {
      try {
        await sleep(clock, startedAt + retryMilliseconds - clock.monotonic(), signal)
        startedAt = clock.monotonic()
        await renew(signal)
      } catch {
        // The lock has told of it; the deadline decides how often it is tried.
      }
    }
  }

  /** What is to be said in the lease at the end; undefined: nothing, or no more. */
  function lastChange(spec: LeaseSpec): LeaseSpec | undefined {
    if (spec.holderIdentity === identity) return releasedSpec(clock.now())
    const closing = readClosing(spec)
    return closing?.leader === identity ? { holderIdentity: formatClosing({ ...closing, leader: '' }) } : undefined
  }

  /** Others wait for it, also whoever closed the lease. When somebody was faster the lease is looked at again. */
  async function conclude(): Promise<void> {
    using time = createDeadline({
      clock,
      milliseconds: conclusionMilliseconds,
      signal: new AbortController().signal,
      reason: () => new Error(`It did not succeed within ${conclusionMilliseconds} ms`),
    })
    let lease: Lease | undefined = seen
    try {
      while (lease !== undefined) {
        const change: LeaseSpec | undefined = lastChange(lease.spec)
        if (change === undefined) break
        lease = await lock.update(lease, change, time.signal).catch((error: unknown) => {
          if (isConflict(error)) return lock.read(time.signal)
          throw error
        })
      }
      logger.info({}, 'Lease released')
    } catch (error) {
      logger.warn({ err: error }, 'Lease not released, others have to wait until it expires')
    }
  }

  const renewals = renewUntilEnd(renewing.signal)
  return {
    lost: lost.signal,
    isLeader,
    check() {
      if (isLeader()) return
      lose('was not renewed in time')
      throw lost.signal.aborted ? lost.signal.reason : new LeadershipLostError('The lease was given up')
    },
    unrenewedMilliseconds: () => (isReleased ? undefined : clock.monotonic() - renewedAt),
    async [Symbol.asyncDispose]() {
      const isClosed = lost.signal.reason instanceof LeaseClosedError
      if (isReleased || (lost.signal.aborted && !isClosed)) return
      const mayRelease = isClosed || isLeader()
      isReleased = true
      if (!isClosed) options.onEnd()
      deadline[Symbol.dispose]()
      renewing.abort(new Error('The lease is given up'))
      await renewals
      if (mayRelease) await conclude()
    },
  }
}
