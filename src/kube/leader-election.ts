import { isDeepStrictEqual } from 'node:util'

import { abortable } from './abortable.ts'
import type { Dependencies } from './dependencies.ts'
import { createInformer } from './informer.ts'
import { LeadershipLostError } from './leadership-lost-error.ts'
import { beginLeadership, type Leadership } from './leadership.ts'
import { LeaseClosedError } from './lease-closed-error.ts'
import { readClosing } from './lease-closing.ts'
import { logLeaseFailures } from './lease-failure-log.ts'
import { createLeaseLock, type Lease, leaseType } from './lease.ts'
import type { ObjectName } from './resource.ts'

/**
 * `client` is its own, so that work cannot keep renewals waiting for a connection. Its time-out should leave time for a second try.
 */
export interface LeaderElectorOptions extends Dependencies {
  readonly lease: ObjectName
  /** Unique among all processes and restarts. */
  readonly identity: string
  /** How long others wait for a renewal. @default 15_000 */
  readonly leaseMilliseconds?: number
  /** How long the leader may go without a renewal. @default 10_000 */
  readonly renewDeadlineMilliseconds?: number
  /** Between renewals; between looks of a follower it is up to 2.2 times as long. @default 2_000 */
  readonly retryMilliseconds?: number
}

export interface LeaderElector {
  /**
   * Follows until this process leads: at once when nobody does. To be called once; dispose of what it gives to release the lease.
   * @throws LeaseClosedError when the lease is closed meanwhile; the signal's reason.
   */
  acquire(signal: AbortSignal): Promise<Leadership>
  /** `Leadership.isLeader`, and false before there is one. */
  isLeader(): boolean
  /** The fence: to be called before anything that only the leader may do. @throws LeadershipLostError unless `isLeader`. */
  check(): void
  /** For a liveness check: a lease that expired long ago while the process neither renewed it nor ended. */
  health(): true | string
}

/** A holder and when its record was last seen to change, by this machine's clock: the times in the record are somebody else's. */
interface Observation {
  readonly spec: Lease['spec']
  readonly changedAt: number
}

const jitterFactor = 1.2
/** For the process to end after the lease expired. */
const endMilliseconds = 20_000

/**
 * Leader election with the semantics of client-go's tools/leaderelection over a Lease of coordination.k8s.io, with three differences:
 * followers also watch the lease, so that a release is taken over at once and an expiry on time; the renew deadline counts from the
 * start of the last renewal that succeeded; and leading is judged by reading the clock, which makes `check` a fence for a process
 * that was stopped for a while. The clock's monotonic time must go on while the process is stopped; clock rates, not clock times, of
 * the machines have to agree.
 * @throws RangeError unless lease > renew deadline > retry x 1.2.
 */
export function createLeaderElector(options: LeaderElectorOptions): LeaderElector {
  const { client, identity, clock, random, metrics } = options
  const { leaseMilliseconds = 15_000, renewDeadlineMilliseconds = 10_000, retryMilliseconds = 2_000 } = options
  if (leaseMilliseconds <= renewDeadlineMilliseconds || renewDeadlineMilliseconds <= retryMilliseconds * jitterFactor) {
    throw new RangeError('A lease must last longer than its renew deadline, and that longer than 1.2 retry periods')
  }
  const { namespace, name } = options.lease
  const logger = options.logger.child({ lease: `${namespace}/${name}` })
  const lock = logLeaseFailures(
    createLeaseLock({ client, name: options.lease, identity, leaseMilliseconds, clock }),
    logger,
  )
  let observation: Observation | undefined
  /** Who had closed the lease when it was first looked at; undefined: nobody. A closing later than that ends this process's work. */
  let closedBefore: { readonly closer: string | undefined } | undefined
  let leadership: Leadership | undefined
  metrics.leading(name, false)

  function observe({ spec }: Lease): Observation {
    if (observation !== undefined && isDeepStrictEqual(observation.spec, spec)) return observation
    if (spec.holderIdentity !== observation?.spec.holderIdentity) {
      logger.info({ holder: spec.holderIdentity ?? '' }, 'Holder of the lease seen')
    }
    observation = { spec, changedAt: clock.monotonic() }
    return observation
  }

  /** How long somebody else may still lead. */
  function remainingMilliseconds({ spec, changedAt }: Observation): number {
    const { holderIdentity = '', leaseDurationSeconds, renewTime } = spec
    if (holderIdentity === null || holderIdentity === '' || holderIdentity === identity) return 0
    const lasts = (leaseDurationSeconds ?? leaseMilliseconds / 1000) * 1000
    const remaining = changedAt + lasts - clock.monotonic()
    const closedAt = readClosing(spec) === undefined ? Number.NaN : Date.parse(renewTime ?? '')
    // Nobody leads by a closed lease, so here the clocks of others will do, and one that was left long ago keeps nobody waiting.
    return Number.isNaN(closedAt) ? remaining : Math.min(remaining, closedAt + lasts - clock.now())
  }

  /** @throws LeaseClosedError */
  function refuseClosed(seen: Lease | undefined): void {
    const closer = readClosing(seen?.spec ?? {})?.closer
    closedBefore ??= { closer }
    if (closer !== undefined && closer !== closedBefore.closer) throw new LeaseClosedError(namespace, name)
  }

  async function tryToLead(signal: AbortSignal): Promise<Leadership | undefined> {
    const seen = await lock.read(signal)
    refuseClosed(seen)
    if (seen !== undefined && remainingMilliseconds(observe(seen)) > 0) return undefined
    const heldSince = clock.monotonic()
    const lease = await lock.hold(seen, signal)
    logger.info({ identity, transitions: lease.spec.leaseTransitions }, 'Leading')
    metrics.leading(name, true)
    return beginLeadership({
      lock,
      identity,
      lease,
      heldSince,
      renewDeadlineMilliseconds,
      retryMilliseconds,
      clock,
      logger,
      onEnd: () => metrics.leading(name, false),
    })
  }

  /** Tells of every change of the lease until aborted; then resolves. */
  async function watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    const informer = createInformer({
      ...options,
      logger,
      type: leaseType,
      namespaces: [namespace],
      fieldSelector: `metadata.name=${name}`,
    })
    informer.onChange(onChange)
    await informer.run(signal)
  }

  return {
    async acquire(signal) {
      const following = new AbortController()
      let watching: Promise<void> | undefined
      let nextTry = Promise.withResolvers<void>()
      try {
        for (;;) {
          // Before the look, lest a change meanwhile be missed.
          nextTry = Promise.withResolvers()
          leadership = await tryToLead(signal).catch((error: unknown) => {
            if (error instanceof LeaseClosedError) throw error
            return undefined
          })
          if (leadership !== undefined) return leadership
          signal.throwIfAborted()
          watching ??= watch(() => nextTry.resolve(), following.signal)
          const poll = retryMilliseconds * (1 + random() * jitterFactor)
          const remaining = observation === undefined ? 0 : remainingMilliseconds(observation)
          using _timer = clock.timer(remaining > 0 ? Math.min(poll, remaining) : poll, nextTry.resolve)
          await abortable(nextTry.promise, signal)
        }
      } finally {
        following.abort(new Error('The lease is no longer followed'))
        await watching
      }
    },
    isLeader: () => leadership?.isLeader() ?? false,
    check() {
      if (leadership === undefined) throw new LeadershipLostError(`The lease ${namespace}/${name} is not held`)
      leadership.check()
    },
    health() {
      const unrenewed = leadership?.unrenewedMilliseconds() ?? 0
      return unrenewed <= leaseMilliseconds + endMilliseconds || 'the lease expired and the process has not ended'
    },
  }
}
