import { isDeepStrictEqual } from 'node:util'

import type { ProbeOptions } from '../api/probe.ts'
import type { LastTest, TargetStatus } from '../api/s3-audit-webhook-status.ts'
import type { Clock } from '../kube/clock.ts'
import { createDelayQueue, type Delayed } from '../kube/delay-queue.ts'
import type { Logger } from '../kube/logger.ts'
import { advanceReachability } from './advance-reachability.ts'
import type { TargetSpec, TargetTester } from './ladder.ts'
import { nextTestDelay } from './next-test-delay.ts'
import { phaseOf } from './phase-of.ts'
import { isOutage, type Reachability, unknownReachability, withNewSetting } from './reachability.ts'
import { type RequestedTest, requestedTest } from './requested-test.ts'
import { restoreReachability } from './restore-reachability.ts'
import { createRoundQueue, type Turn } from './round-queue.ts'
import { dueLevels } from './schedule.ts'
import type { LadderLevel, Verdict } from './verdict.ts'

/** One target of one resource, with the setting that is to be tested. */
export interface MonitoredTarget {
  readonly target: TargetSpec
  /** Another value is another setting: the whole ladder runs at once. */
  readonly fingerprint: string
  readonly probe: ProbeOptions
  /** Above it nothing is tested, because the token in force is not known. */
  readonly maximumLevel: LadderLevel
  /** Half of the S3 sender's time-out, milliseconds. */
  readonly slowMilliseconds: number
  /** Another value runs the whole ladder at once. */
  readonly testRequest?: string
  /** What the status tells of the time before this process; used when the monitor does not know the resource yet. */
  readonly restored: {
    readonly target?: { readonly status: TargetStatus; readonly message: string }
    readonly lastTest?: LastTest
    readonly handledTestRequest?: string
  }
}

export interface TargetSnapshot {
  readonly reachability: Reachability
  /** The last test event. */
  readonly lastTest?: LastTest
  readonly handledTestRequest?: string
  /** What the test came to that it asked for; absent when that was before this process. */
  readonly requestedTest?: RequestedTest
}

/** What the metrics are told of each round. */
export interface TestObserver {
  tested(resource: string, verdicts: readonly Verdict[]): void
  /** A round began this much after its time. */
  began(lagMilliseconds: number): void
}

/** Tests targets in their own turns, whatever else happens to their resources; a bounded number of them at a time. */
export interface TargetMonitor extends AsyncDisposable {
  /** Starts or adjusts; calling it again with the same values does nothing. */
  watch(key: string, monitored: MonitoredTarget): void
  unwatch(key: string): void
  /** Undefined for what is not watched. */
  snapshot(key: string): TargetSnapshot | undefined
}

export interface TargetMonitorOptions {
  readonly tester: TargetTester
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly observer: TestObserver
  /** Called when a snapshot changed in what people see. */
  readonly onChange: (key: string) => void
}

/** What was restored is in the snapshot. */
type Setting = Omit<MonitoredTarget, 'restored'>

/** Delayed until its next round should begin. */
interface Watched extends Delayed {
  readonly key: string
  monitored: Setting
  snapshot: TargetSnapshot
  /** When token and event were last tested, milliseconds since the epoch. */
  tokenTested: number | undefined
  eventTested: number | undefined
  /** The setting or the request that the last round did not know yet. */
  changed: boolean
  /** See `nextTestDelay`. Targets that are the same have the same, so that one test can serve all of them. */
  phase: number
  round: AbortController | undefined
}

/**
 * Rounds at a time. Thousands of TLS handshakes at once would take longer than the time-out of each, and targets that are well would
 * be told unreachable; targets that let a test time out hold their place for seconds, so they get half of the places at the most.
 */
const limits = { maximum: 512, maximumPerHost: 4, maximumFailing: 256 } as const

export function createTargetMonitor(options: TargetMonitorOptions): TargetMonitor {
  const { tester, clock, random, logger, observer, onChange } = options
  const targets = new Map<string, Watched>()
  const rounds = new Set<Promise<void>>()
  const delayed = createDelayQueue(clock, takeTurn)
  const queue = createRoundQueue(limits)

  function watch(key: string, { restored, ...monitored }: MonitoredTarget): void {
    const known = targets.get(key)
    if (known === undefined) {
      const watched = begin(key, monitored, restored, clock)
      targets.set(key, watched)
      delayed.set(watched, firstDelay(watched))
      return
    }
    const before = known.monitored
    known.monitored = monitored
    // What the cache holds of it anyway need not be kept a second time.
    const { lastTest } = restored
    if (lastTest !== undefined && isDeepStrictEqual(lastTest, known.snapshot.lastTest)) {
      known.snapshot = { ...known.snapshot, lastTest }
    }
    const isNew = before.fingerprint !== monitored.fingerprint
    const isRequested = monitored.testRequest !== undefined && monitored.testRequest !== before.testRequest
    if (isNew) renew(known)
    if (!isNew && !isRequested) return
    // A round under way tests the old setting: its verdicts must not be taken for the new one's.
    if (isNew) known.round?.abort(new Error('The setting changed during the test'))
    // What stands in line already keeps its place there.
    if (!queue.has(key)) delayed.set(known, 0)
  }

  function takeTurn(watched: Watched): void {
    if (watched.round !== undefined) return
    const { reachability } = watched.snapshot
    const failing = isOutage(reachability.state) || reachability.evidence.roundsSinceFailure > 0
    queue.add(watched.key, { host: watched.monitored.target.endpoint.host, failing })
    startNext()
  }

  function startNext(): void {
    for (let turn = queue.take(); turn !== undefined; turn = queue.take()) start(turn)
  }

  function start(turn: Turn): void {
    const watched = targets.get(turn.key)
    if (watched === undefined) {
      turn[Symbol.dispose]()
      return
    }
    observer.began(Math.max(0, clock.monotonic() - watched.dueAt))
    const round = climb(watched)
    rounds.add(round)
    void round.finally(() => {
      rounds.delete(round)
      turn[Symbol.dispose]()
      startNext()
    })
  }

  /** A target that is well waits for its turn, so that neither a restart nor a new leader tests everything at once. */
  function firstDelay(watched: Watched): number {
    if (watched.changed || isPending(watched)) return 0
    const { state } = watched.snapshot.reachability
    return state === 'Reachable' || state === 'Degraded' ? delay(watched, 0) : random() * 1000
  }

  /** One round; never rejects. */
  async function climb(watched: Watched): Promise<void> {
    const abort = new AbortController()
    watched.round = abort
    const { key, monitored } = watched
    const requested = isPending(watched)
    const started = clock.monotonic()
    const levels = dueLevels({
      now: clock.now(),
      targetType: monitored.target.targetType,
      reachability: watched.snapshot.reachability,
      lastRun: { 2: watched.tokenTested, 3: watched.eventTested },
      period: monitored.probe.periodSeconds * 1000,
      testEventPeriod: monitored.probe.testEventPeriodSeconds * 1000,
      requested,
      changed: watched.changed,
    }).filter((level) => level <= monitored.maximumLevel)
    watched.changed = false
    try {
      const verdicts = await tester.test(monitored.target, levels, { signal: abort.signal })
      if (verdicts.some(({ level }) => level === 2)) watched.tokenTested = clock.now()
      if (verdicts.some(({ level }) => level === 3)) watched.eventTested = clock.now()
      conclude(watched, verdicts, requested ? monitored.testRequest : undefined)
    } catch (error) {
      // Aborted by a newer setting or by the end; anything else is a fault of ours that must not end the testing.
      if (!abort.signal.aborted) logger.error({ err: error, resource: key }, 'Target test failed unexpectedly')
      else watched.changed = true
    } finally {
      watched.round = undefined
      if (targets.get(key) === watched) {
        const waiting = watched.changed || isPending(watched)
        delayed.set(watched, waiting ? 0 : delay(watched, clock.monotonic() - started))
      }
    }
  }

  function delay({ snapshot, monitored, phase }: Watched, tookMilliseconds: number): number {
    const periodMilliseconds = monitored.probe.periodSeconds * 1000
    return nextTestDelay(snapshot.reachability, clock.now(), { periodMilliseconds, phase, tookMilliseconds, random })
  }

  function renew(watched: Watched): void {
    watched.changed = true
    watched.phase = phaseOf(watched.monitored.fingerprint)
    watched.snapshot = {
      ...watched.snapshot,
      reachability: withNewSetting(watched.snapshot.reachability, clock.now()),
    }
  }

  function conclude(watched: Watched, verdicts: readonly Verdict[], request: string | undefined): void {
    const { probe, slowMilliseconds, maximumLevel } = watched.monitored
    const before = watched.snapshot
    const reachability = advanceReachability(before.reachability, verdicts, clock.now(), {
      failureThreshold: probe.failureThreshold,
      successThreshold: probe.successThreshold,
      proofLevel: maximumLevel < 2 ? 1 : 2,
      slowMilliseconds,
    })
    const event = verdicts.find((verdict) => verdict.testId !== undefined)
    const lastTest = event === undefined ? before.lastTest : lastTestOf(event, clock.now())
    const handledTestRequest = request ?? before.handledTestRequest
    const asked = request === undefined ? before.requestedTest : requestedTest(verdicts)
    watched.snapshot = {
      reachability,
      ...(lastTest === undefined ? {} : { lastTest }),
      ...(handledTestRequest === undefined ? {} : { handledTestRequest }),
      ...(asked === undefined ? {} : { requestedTest: asked }),
    }
    observer.tested(watched.key, verdicts)
    if (isVisible(before, watched.snapshot)) onChange(watched.key)
  }

  return {
    watch,
    unwatch(key) {
      const watched = targets.get(key)
      targets.delete(key)
      queue.remove(key)
      if (watched === undefined) return
      delayed.cancel(watched)
      watched.round?.abort(new Error('The target is no longer tested'))
    },
    snapshot: (key) => targets.get(key)?.snapshot,
    async [Symbol.asyncDispose]() {
      for (const key of targets.keys()) this.unwatch(key)
      await Promise.all(rounds)
    },
  }
}

function begin(key: string, monitored: Setting, restored: MonitoredTarget['restored'], clock: Clock): Watched {
  const { target, lastTest, handledTestRequest } = restored
  return {
    key,
    monitored,
    snapshot: {
      reachability:
        target === undefined
          ? unknownReachability(clock.now())
          : restoreReachability(target.status, target.message, clock.now()),
      ...(lastTest === undefined ? {} : { lastTest }),
      ...(handledTestRequest === undefined ? {} : { handledTestRequest }),
    },
    tokenTested: undefined,
    eventTested: lastTest === undefined ? undefined : Date.parse(lastTest.time),
    changed: lastTest === undefined,
    phase: phaseOf(monitored.fingerprint),
    round: undefined,
    dueAt: 0,
    order: 0,
    place: -1,
  }
}

function isPending({ monitored, snapshot }: Watched): boolean {
  return monitored.testRequest !== undefined && monitored.testRequest !== snapshot.handledTestRequest
}

function lastTestOf(verdict: Verdict, now: number): LastTest {
  return {
    time: `${new Date(now).toISOString().slice(0, 19)}Z`,
    id: verdict.testId ?? '',
    level: verdict.level,
    outcome: verdict.class,
    reason: verdict.reason,
  }
}

/** Whether what people read changed; figures that move with every round are not told. */
function isVisible(a: TargetSnapshot, b: TargetSnapshot): boolean {
  const [before, after] = [a.reachability, b.reachability]
  return (
    before.state !== after.state ||
    before.reason !== after.reason ||
    before.message !== after.message ||
    before.certificateNotAfter !== after.certificateNotAfter ||
    before.outageStartTime !== after.outageStartTime ||
    a.lastTest !== b.lastTest ||
    a.handledTestRequest !== b.handledTestRequest
  )
}
